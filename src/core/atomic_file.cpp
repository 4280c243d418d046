#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace inferscale {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& file, PageCache cache) {
  std::error_code ignored;
  const auto there = std::filesystem::status(file, ignored);
  if (std::filesystem::is_directory(there)) {
    return fail("cannot write '{}': it is a folder", file.string());
  }
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return fail("cannot write '{}': it is a device, a FIFO or a socket, and no file", file.string());
  }
  TRY(make_folders(folder_of(file)));
  static std::atomic<unsigned> serial = 0;  // two threads of one process may write the same file
  AtomicFile made;
  made.file_ = file;
  const auto temporary = folder_of(file) / fmt::format(".{}.{}.{}.tmp", file.filename().string(), ::getpid(),
                                                       serial.fetch_add(1));
  made.fd_ = FileDescriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!made.fd_.valid()) {
    return tl::unexpected(made.cannot_write(errno));
  }
  made.temporary_ = temporary;
  if (cache == PageCache::pass_by) {
    made.direct_.emplace(made.fd_.get());
  }
  return made;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      direct_(std::move(other.direct_)) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
  }
}

Error AtomicFile::cannot_write(int error_number) const {
  return {fmt::format("cannot write '{}': {}", file_.string(), errno_message(error_number))};
}

Result<void> AtomicFile::written(std::error_code error) const {
  if (error) {
    return tl::unexpected(cannot_write(error.value()));
  }
  return {};
}

Result<void> AtomicFile::write(std::string_view data) {
  if (direct_) {
    return written(direct_->append(std::as_bytes(std::span(data))));
  }
  return write_all(fd_.get(), data, fmt::format("'{}'", file_.string()));
}

Result<void> AtomicFile::write_at(std::uint64_t position, std::span<const std::byte> bytes) const {
  return written(inferscale::write_at(fd_.get(), position, bytes));
}

Result<void> AtomicFile::sync() {
  if (direct_) {
    TRY(written(direct_->finish()));
  }
  if (::fsync(fd_.get()) != 0) {
    return tl::unexpected(cannot_write(errno));
  }
  fd_.reset();
  return {};
}

Result<void> AtomicFile::publish() {
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) {
    return tl::unexpected(cannot_write(errno));
  }
  temporary_.clear();
  // The rename itself must survive a power loss too. Some file systems cannot fsync a folder; that is no
  // error.
  if (const FileDescriptor folder(::open(folder_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      folder.valid()) {
    ::fsync(folder.get());
  }
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& file, std::string_view content) {
  TRY_ASSIGN(AtomicFile out, AtomicFile::create(file));
  TRY(out.write(content));
  TRY(out.sync());
  return out.publish();
}

}  // namespace inferscale
