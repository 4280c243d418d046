#include <array>
#include <bit>

#include "core/disk_space.hpp"
#include "model/safetensors.hpp"
#include "model/safetensors_header.hpp"

namespace inferscale::model {
Result<SafetensorsWriter> SafetensorsWriter::create(const std::filesystem::path& file,
                                                    std::vector<TensorInfo> tensors,
                                                    const std::map<std::string, std::string>& metadata) {
  auto header = make_safetensors_header(tensors, metadata);
  if (!header) {
    return tl::unexpected(header.error().in(file.string()));
  }
  TRY(check_room(file, tensors.empty() ? 0 : tensors.back().offset + tensors.back().bytes));
  TRY_ASSIGN(AtomicFile out, AtomicFile::create(file));
  SafetensorsWriter writer(std::move(out));
  const auto length = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{header->size()});
  TRY(writer.file_.write_at(0, length));
  TRY(writer.file_.write_at(length.size(), std::as_bytes(std::span(*header))));
  writer.data_start_ = length.size() + header->size();
  writer.data_bytes_ = tensors.empty() ? 0 : tensors.back().offset + tensors.back().bytes;
  writer.tensors_ = std::move(tensors);
  return writer;
}

SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&& other) noexcept
    : file_(std::move(other.file_)),
      data_start_(other.data_start_),
      data_bytes_(other.data_bytes_),
      written_(other.written_.load()),
      tensors_(std::move(other.tensors_)) {}

Result<void> SafetensorsWriter::write(std::size_t index, std::uint64_t offset,
                                      std::span<const std::byte> bytes) {
  const TensorInfo& tensor = tensors_.at(index);
  if (offset > tensor.bytes || bytes.size() > tensor.bytes - offset) {
    return fail("{}: tensor '{}' has {} bytes, fewer than were written", file_.path().string(),
                printable(tensor.name), tensor.bytes);
  }
  TRY(file_.write_at(data_start_ + tensor.offset + offset, bytes));
  written_ += bytes.size();
  return {};
}

Result<void> SafetensorsWriter::finish() {
  if (written_ != data_bytes_) {
    return fail("{}: {} of {} bytes were written", file_.path().string(), written_.load(), data_bytes_);
  }
  TRY(file_.sync());
  return file_.publish();
}

}  // namespace inferscale::model
