#include "core/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <limits>
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

namespace {

/// "a FIFO", and so on; empty for a regular file.
std::string_view kind_of_special(const struct stat& status) {
  if (S_ISREG(status.st_mode)) {
    return {};
  }
  return S_ISDIR(status.st_mode)    ? "a folder"
         : S_ISFIFO(status.st_mode) ? "a FIFO"
         : S_ISSOCK(status.st_mode) ? "a socket"
                                    : "a device";
}

constexpr int kWriterWait_ms = 1000;  // for one that is started at the same moment

std::string in_quotes(const std::filesystem::path& file) {
  return "'" + file.string() + "'";
}

Result<std::string> read_to_end(int fd, const std::string& what, std::size_t max_bytes) {
  std::string content;
  char buffer[1 << 16];
  while (true) {
    pollfd readable{fd, POLLIN, 0};
    const bool waited_in_vain = ::poll(&readable, 1, kWriterWait_ms) == 0;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got == 0 && waited_in_vain) {  // a writer who has gone again would have ended the wait
      return fail("cannot read {}: it is a FIFO, and nobody writes to it", what);
    }
    if (got == 0) {
      return content;
    }
    if (got < 0) {
      if (errno != EINTR && errno != EAGAIN) {
        return fail("cannot read {}: {}", what, errno_message(errno));
      }
      continue;
    }
    if (static_cast<std::size_t>(got) > max_bytes - content.size()) {
      return fail("cannot read {}: it has more than {} MiB, the most that is read of such a file", what,
                  max_bytes >> 20U);
    }
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
    return fail("cannot read '{}': {}", file.string(), errno_message(errno));
  }
  if (const auto special = kind_of_special(status); !special.empty()) {
    return fail("cannot read '{}': it is {}, and not a file", file.string(), special);
  }
  return read_to_end(fd.get(), in_quotes(file), std::numeric_limits<std::size_t>::max());
}

Result<std::string> read_input(const std::filesystem::path& file, std::size_t max_bytes,
                               const std::string& called) {
  const std::string what = called.empty() ? in_quotes(file) : called;
  // O_NONBLOCK: a FIFO opens though nobody writes to it.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return fail("cannot read {}: {}", what, errno_message(errno));
  }
  return read_to_end(fd.get(), what, max_bytes);
}

bool is_lfs_pointer(std::string_view text) {
  return text.starts_with("version https://git-lfs");
}

tl::unexpected<Error> fail_lfs_pointer(std::string_view file) {
  return fail(
      "{}: a Git LFS pointer stands in place of the file: run 'git lfs pull' in the folder, or download the "
      "file again",
      file);
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

Result<FileDescriptor> open_lock(const std::filesystem::path& file) {
  if (file.has_parent_path()) {
    TRY(make_folders(file.parent_path()));
  }
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) {
    return fail("cannot open lock '{}': {}", file.string(), errno_message(errno));
  }
  return fd;
}

/// False where another process holds it.
Result<bool> lock_now(const FileDescriptor& fd, const std::filesystem::path& file) {
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      return fail("cannot lock '{}': {}", file.string(), errno_message(errno));
    }
  }
  return true;
}
}  // namespace

/// Polls: a wait in flock() itself would only end by a signal to this very thread.
Result<FileLock> FileLock::acquire(const std::filesystem::path& file,
                                   const std::function<bool()>& cancelled) {
  TRY_ASSIGN(FileDescriptor fd, open_lock(file));
  while (true) {
    TRY_ASSIGN(const bool held, lock_now(fd, file));
    if (held) {
      return FileLock(std::move(fd));
    }
    if (cancelled && cancelled()) {
      return fail("interrupted while another inferscale was using '{}'", file.string());
    }
    std::this_thread::sleep_for(kLockPoll);
  }
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::filesystem::path& file) {
  TRY_ASSIGN(FileDescriptor fd, open_lock(file));
  TRY_ASSIGN(const bool held, lock_now(fd, file));
  return held ? std::optional<FileLock>(FileLock(std::move(fd))) : std::nullopt;
}

}  // namespace inferscale
