#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale {

/// The whole file. The error names the file and the reason; a FIFO, a device or a socket is refused at once,
/// since reading one may never end.
Result<std::string> read_file(const std::filesystem::path& file);

/// What a user may also give as a pipe or as /dev/stdin; so it waits for what a writer has to say, but not
/// for a writer of a FIFO who does not come within a second. More than `max_bytes` is an error that says so.
/// `called`: how errors call it; empty: by its path.
Result<std::string> read_input(const std::filesystem::path& file, std::size_t max_bytes,
                               const std::string& called = {});

/// The text that Git has in place of a file whose content lies in Git LFS and was not fetched.
bool is_lfs_pointer(std::string_view text);
/// "X: a Git LFS pointer stands in place of the file: .."
tl::unexpected<Error> fail_lfs_pointer(std::string_view file);

/// Writes beside the file, fsyncs, renames over it, and fsyncs the folder: after a power loss the file has
/// either its old content or the new one. Makes missing parent folders. A full disk is an error that says so.
Result<void> write_file_atomic(const std::filesystem::path& file, std::string_view content);

Result<void> make_folders(const std::filesystem::path& folder);

/// "No space left on device" and so on, for errno values.
std::string errno_message(int error_number);

/// A file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// write(2) until all is written; `what` leads the error message.
Result<void> write_all(int fd, std::string_view data, std::string_view what);

/// An exclusive advisory lock (flock) on a file, held until destruction; waits for other holders.
class FileLock {
 public:
  /// Gives up, with an error, when `cancelled` (asked every 50 ms) says so.
  static Result<FileLock> acquire(const std::filesystem::path& file,
                                  const std::function<bool()>& cancelled = {});
  /// Without waiting; nothing when another process holds it.
  static Result<std::optional<FileLock>> try_acquire(const std::filesystem::path& file);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace inferscale
