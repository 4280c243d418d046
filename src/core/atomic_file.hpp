#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "core/direct_writer.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace inferscale {

/// What becomes of a written file's pages. `keep`: they stay in memory, for a reader who comes next.
/// `pass_by`: the disk takes them straight from the writer's buffers, which is faster for large files.
enum class PageCache { keep, pass_by };

/// A file that is written under a temporary name in its own folder, gets its name by publish(), and is gone
/// if it never does: a reader sees a whole file or none. Two threads or processes may write the same file:
/// the last to publish wins. A process that is killed leaves the temporary file only:
/// ".<name>.<process>.<number>.tmp". Errors name the file; a full disk is one that says so.
class AtomicFile {
 public:
  /// Makes the folder where it is missing. A folder of that name is an error, and so is a device, which would
  /// be gone; a link becomes the file.
  static Result<AtomicFile> create(const std::filesystem::path& file, PageCache cache = PageCache::keep);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  [[nodiscard]] const std::filesystem::path& path() const { return file_; }
  /// Behind what was written before. Past the page cache an error may come with a later write, or with
  /// sync().
  Result<void> write(std::string_view data);
  /// From byte `position` on; from any thread. Through the page cache, in a file without write().
  Result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes) const;

  /// Waits until all that was written is on disk; nothing may be written afterwards.
  Result<void> sync();
  /// Puts the file, once synced, under its name, over what was there.
  Result<void> publish();

 private:
  AtomicFile() = default;
  [[nodiscard]] Error cannot_write(int error_number) const;
  [[nodiscard]] Result<void> written(std::error_code error) const;

  std::filesystem::path file_, temporary_;  ///< temporary_ is empty when there is none (any more)
  FileDescriptor fd_;
  std::optional<DirectWriter> direct_;
};

}  // namespace inferscale
