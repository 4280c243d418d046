#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>

#include "model/safetensors.hpp"
#include "model/safetensors_header.hpp"

namespace inferscale::model {
namespace {

Result<void> write_at(int fd, std::uint64_t position, std::span<const std::byte> bytes,
                      const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      position += static_cast<std::uint64_t>(put);
    } else if (errno != EINTR) {
      return fail("cannot write '{}': {}", file.string(), errno_message(errno));
    }
  }
  return {};
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<SafetensorsWriter> SafetensorsWriter::create(const std::filesystem::path& file,
                                                    std::vector<TensorInfo> tensors,
                                                    const std::map<std::string, std::string>& metadata) {
  auto header = make_safetensors_header(tensors, metadata);
  if (!header) {
    return tl::unexpected(header.error().in(file.string()));
  }
  TRY(make_folders(folder_of(file)));
  static std::atomic<unsigned> serial = 0;  // two threads of one process may write the same file
  SafetensorsWriter writer;
  writer.file_ = file;
  writer.temporary_ = folder_of(file) /
                      fmt::format(".{}.{}.{}.tmp", file.filename().string(), ::getpid(), serial.fetch_add(1));
  writer.fd_ =
      FileDescriptor(::open(writer.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!writer.fd_.valid()) {
    const int reason = errno;
    writer.temporary_.clear();
    return fail("cannot write '{}': {}", file.string(), errno_message(reason));
  }
  const auto length = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{header->size()});
  TRY(write_at(writer.fd_.get(), 0, length, file));
  TRY(write_at(writer.fd_.get(), length.size(), std::as_bytes(std::span(*header)), file));
  writer.data_start_ = length.size() + header->size();
  writer.data_bytes_ = tensors.empty() ? 0 : tensors.back().offset + tensors.back().bytes;
  writer.tensors_ = std::move(tensors);
  return writer;
}

SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&& other) noexcept
    : file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      data_start_(other.data_start_),
      data_bytes_(other.data_bytes_),
      written_(other.written_.load()),
      tensors_(std::move(other.tensors_)) {}

SafetensorsWriter::~SafetensorsWriter() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
  }
}

Result<void> SafetensorsWriter::write(std::size_t index, std::uint64_t offset,
                                      std::span<const std::byte> bytes) {
  const TensorInfo& tensor = tensors_.at(index);
  if (offset > tensor.bytes || bytes.size() > tensor.bytes - offset) {
    return fail("{}: tensor '{}' has {} bytes, fewer than were written", file_.string(),
                printable(tensor.name), tensor.bytes);
  }
  TRY(write_at(fd_.get(), data_start_ + tensor.offset + offset, bytes, file_));
  written_ += bytes.size();
  return {};
}

Result<void> SafetensorsWriter::finish() {
  if (written_ != data_bytes_) {
    return fail("{}: {} of {} bytes were written", file_.string(), written_.load(), data_bytes_);
  }
  if (::fsync(fd_.get()) != 0 || ::rename(temporary_.c_str(), file_.c_str()) != 0) {
    return fail("cannot write '{}': {}", file_.string(), errno_message(errno));
  }
  temporary_.clear();
  fd_.reset();
  // The rename itself must survive a power loss too. Some file systems cannot fsync a folder; that is no
  // error.
  if (const FileDescriptor dir(::open(folder_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      dir.valid()) {
    ::fsync(dir.get());
  }
  return {};
}

}  // namespace inferscale::model
