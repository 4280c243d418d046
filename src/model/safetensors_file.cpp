#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

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

struct SafetensorsFile::Mapping {
  std::byte* start = nullptr;
  std::uint64_t bytes = 0;
  Mapping(std::byte* s, std::uint64_t b) : start(s), bytes(b) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(start, bytes); }
};

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    return fail("cannot read '{}': {}", file.string(), errno_message(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return fail("cannot read '{}': not a file", file.string());
  }
  const auto file_bytes = static_cast<std::uint64_t>(info.st_size);
  if (file_bytes < kLengthBytes) {
    return fail("{}: not a safetensors file: {} bytes, too short for a header", file.string(), file_bytes);
  }
  void* const start = ::mmap(nullptr, file_bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (start == MAP_FAILED) {  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
    return fail("cannot map '{}': {}", file.string(), errno_message(errno));
  }
  SafetensorsFile result;
  result.path_ = file;
  result.mapping_ = std::make_shared<const Mapping>(static_cast<std::byte*>(start), file_bytes);

  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, start, sizeof header_bytes);
  if (header_bytes > kMaxHeaderBytes) {
    return fail("{}: not a safetensors file: a header of {} bytes (at most 100 MB)", file.string(),
                header_bytes);
  }
  if (header_bytes > file_bytes - kLengthBytes) {
    return fail("{}: cut off: the header has {} bytes, the file only {}", file.string(), header_bytes,
                file_bytes);
  }
  result.data_start_ = kLengthBytes + header_bytes;
  const std::string header_text(static_cast<const char*>(start) + kLengthBytes, header_bytes);
  auto header = parse_safetensors_header(header_text, file_bytes - result.data_start_);
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
  return {mapping_->start + data_start_ + tensor.offset, tensor.bytes};
}

void SafetensorsFile::release(const TensorInfo& tensor) const {
  // Whole pages only, rounded outwards: a neighbour that shares a page reads it again from the page cache.
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = (data_start_ + tensor.offset) / page * page;
  const std::uint64_t end = data_start_ + tensor.offset + tensor.bytes;
  if (end > begin) {
    ::madvise(mapping_->start + begin, end - begin, MADV_DONTNEED);
  }
}

}  // namespace inferscale::model
