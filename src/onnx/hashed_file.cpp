#include "onnx/hashed_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace inferscale::onnx_graph {
namespace {

std::filesystem::path folder_holding(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<HashedFile> HashedFile::create(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return fail("cannot write '{}': it is a folder", file.string());
  }
  static std::atomic<unsigned> serial = 0;  // two threads of one process may write the same file
  const auto temporary = folder_holding(file) / fmt::format(".{}.{}.{}.tmp", file.filename().string(),
                                                            ::getpid(), serial.fetch_add(1));
  HashedFile out;
  out.file_ = file;
  out.fd_ = FileDescriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!out.fd_.valid()) {
    return fail("cannot write '{}': {}", file.string(), errno_message(errno));
  }
  out.temporary_ = temporary;
  return out;
}

HashedFile::HashedFile(HashedFile&& other) noexcept
    : file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      hash_(std::move(other.hash_)),
      bytes_(other.bytes_) {}

HashedFile::~HashedFile() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
  }
}

Result<void> HashedFile::write(std::string_view data) {
  constexpr std::size_t kChunk = 1 << 20;  // hash and write while the bytes are in cache
  while (!data.empty()) {
    const auto chunk = data.substr(0, kChunk);
    hash_.update(chunk.data(), chunk.size());
    TRY(write_all(fd_.get(), chunk, fmt::format("'{}'", file_.string())));
    bytes_ += chunk.size();
    data.remove_prefix(chunk.size());
  }
  return {};
}

Result<WrittenFile> HashedFile::finish() {
  if (::fsync(fd_.get()) != 0) {
    return fail("cannot write '{}': {}", file_.string(), errno_message(errno));
  }
  fd_.reset();
  return WrittenFile{file_, bytes_, hash_.finish()};
}

Result<void> HashedFile::publish() {
  if (std::rename(temporary_.c_str(), file_.c_str()) != 0) {
    return fail("cannot write '{}': {}", file_.string(), errno_message(errno));
  }
  temporary_.clear();
  // The rename itself must survive a power loss too. Some file systems cannot fsync a folder; that is no
  // error.
  if (const FileDescriptor folder(::open(folder_holding(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      folder.valid()) {
    ::fsync(folder.get());
  }
  return {};
}

}  // namespace inferscale::onnx_graph
