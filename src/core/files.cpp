#include "core/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace inferscale {

std::string errno_message(int error_number) {
  return std::generic_category().message(error_number);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}
FileDescriptor::~FileDescriptor() {
  reset();
}
int FileDescriptor::release() {
  return std::exchange(fd_, -1);
}
void FileDescriptor::reset() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Result<std::string> read_file(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return fail("cannot read '{}': {}", file.string(), errno_message(errno));
  }
  std::string content;
  struct stat info{};
  if (::fstat(fd.get(), &info) == 0 && info.st_size > 0) {
    content.reserve(static_cast<std::size_t>(info.st_size));
  }
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got == 0) {
      return content;
    }
    if (got > 0) {
      content.append(buffer, static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      return fail("cannot read '{}': {}", file.string(), errno_message(errno));
    }
  }
}

Result<void> write_all(int fd, std::string_view data, std::string_view what) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put >= 0) {
      data.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      return fail("cannot write {}: {}", what, errno_message(errno));
    }
  }
  return {};
}

Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail("cannot make folder '{}': {}", folder.string(), error.message());
  }
  return {};
}

namespace {
constexpr std::chrono::milliseconds kLockPoll{50};

/// Polls: a wait in flock() itself would only end by a signal to this very thread.
Result<FileDescriptor> open_lock(const std::filesystem::path& file, bool waits,
                                 const std::function<bool()>& cancelled) {
  if (file.has_parent_path()) {
    TRY(make_folders(file.parent_path()));
  }
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) {
    return fail("cannot open lock '{}': {}", file.string(), errno_message(errno));
  }
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK && waits) {
      if (cancelled && cancelled()) {
        return fail("interrupted while another inferscale was using '{}'", file.string());
      }
      std::this_thread::sleep_for(kLockPoll);
    } else if (errno != EINTR) {
      return fail("cannot lock '{}': {}", file.string(),
                  errno == EWOULDBLOCK ? "another inferscale is using it" : errno_message(errno));
    }
  }
  return fd;
}
}  // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& file,
                                   const std::function<bool()>& cancelled) {
  TRY_ASSIGN(FileDescriptor fd, open_lock(file, true, cancelled));
  return FileLock(std::move(fd));
}
Result<FileLock> FileLock::try_acquire(const std::filesystem::path& file) {
  TRY_ASSIGN(FileDescriptor fd, open_lock(file, false, {}));
  return FileLock(std::move(fd));
}

}  // namespace inferscale
