#include <cstring>
#include <limits>

#include "core/files.hpp"
#include "model/safetensors.hpp"
#include "model/safetensors_header.hpp"

namespace inferscale::model {
namespace {
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string shown(text.substr(0, max_bytes));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      c = '?';
    }
  }
  return text.size() > max_bytes ? shown + "..." : shown;
}

std::string to_string(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

Result<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count)) {
      return fail("shape {} has too many elements", printable(to_string(shape)));
    }
  }
  return count;
}

Result<std::uint64_t> byte_count(Dtype dtype, std::span<const std::int64_t> shape) {
  TRY_ASSIGN(const std::int64_t elements, element_count(shape));
  std::uint64_t bits = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(elements), static_cast<std::uint64_t>(bits_of(dtype)),
                             &bits)) {
    return fail("shape {} has too many elements", printable(to_string(shape)));
  }
  if (bits % 8 != 0) {
    return fail("{} {} does not fill whole bytes", to_string(dtype), printable(to_string(shape)));
  }
  return bits / 8;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& file) {
  TRY_ASSIGN(MappedFile mapped, MappedFile::open(file));
  const std::span<const std::byte> bytes = mapped.bytes();
  if (is_lfs_pointer({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {
    return fail_lfs_pointer(file.string());
  }
  if (bytes.size() < kLengthBytes) {
    return fail("{}: not a safetensors file: {} bytes, too short for a header", file.string(), bytes.size());
  }
  SafetensorsFile result;
  result.path_ = file;
  result.mapping_ = std::make_shared<const MappedFile>(std::move(mapped));

  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  if (header_bytes > kMaxHeaderBytes) {
    return fail("{}: not a safetensors file: a header of {} bytes (at most 100 MB)", file.string(),
                header_bytes);
  }
  if (header_bytes > bytes.size() - kLengthBytes) {
    return fail("{}: cut off: the header has {} bytes, the file only {}", file.string(), header_bytes,
                bytes.size());
  }
  result.data_start_ = kLengthBytes + header_bytes;
  const std::string header_text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, header_bytes);
  auto header = parse_safetensors_header(header_text, bytes.size() - result.data_start_);
  if (!header) {
    return tl::unexpected(header.error().in(file.string()));
  }
  result.tensors_ = std::move(header->tensors);
  result.metadata_ = std::move(header->metadata);
  for (std::size_t i = 0; i < result.tensors_.size(); ++i) {
    result.index_.emplace(result.tensors_[i].name, i);
  }
  return result;
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

std::span<const std::byte> SafetensorsFile::data(const TensorInfo& tensor) const {
  return mapping_->bytes().subspan(data_start_ + tensor.offset, tensor.bytes);
}

void SafetensorsFile::release(const TensorInfo& tensor) const {
  mapping_->release(data_start_ + tensor.offset, tensor.bytes);
}

}  // namespace inferscale::model
