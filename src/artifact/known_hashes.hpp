#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/file_stamp.hpp"

namespace inferscale::artifact {

/// What was found out of a file by reading all of it.
struct FileFacts {
  std::string sha256;
  bool finite = false;  ///< a safetensors file whose weights were seen to be finite
};

/// What is worth to be remembered, and when it is safe.
struct MemoryRules {
  std::uint64_t least_bytes = 64U << 20;  ///< smaller files are read in less time than it takes to doubt
  /// Nothing is remembered of a file that changed this shortly before it was read: a second change might fall
  /// into the same tick of the clock.
  std::chrono::milliseconds settled{1000};
};

/// Remembers the SHA-256 of large files between processes: <folder>/<device>-<inode>.json. A file's facts are
/// given again while its device, inode, size, and times of its last change (mtime and ctime, which no program
/// can set) are what they were. Losing an entry, or all, costs a read.
class KnownHashes {
 public:
  explicit KnownHashes(std::filesystem::path folder, MemoryRules rules = {})
      : folder_(std::move(folder)), rules_(rules) {}

  [[nodiscard]] std::optional<FileFacts> find(const std::filesystem::path& file) const;
  /// The file's facts, remembered or by `read`, which are then remembered. Errors are those of `read`.
  template <class Read>
  Result<FileFacts> find_or_read(const std::filesystem::path& file, const Read& read) const {
    if (auto known = find(file)) {
      return *known;
    }
    const FileStamp before = stamp_of(file);
    const bool settled = is_settled(before);
    TRY_ASSIGN(FileFacts facts, read());
    if (settled && stamp_of(file) == before) {
      write(file, facts, before);
    }
    return facts;
  }
  /// SHA-256, by reading it if it must be.
  [[nodiscard]] Result<std::string> sha256(const std::filesystem::path& file) const;

  /// Of a file that the caller has just written whole and synced: a later write cannot have its times.
  void trust(const std::filesystem::path& file, const FileFacts& facts) const {
    write(file, facts, stamp_of(file));
  }

  /// Calls `change`, which gives the file another name and so another ctime, and keeps its facts.
  template <class Change>
  auto across(const std::filesystem::path& file, const Change& change) const {
    const auto known = find(file);
    const FileStamp before = stamp_of(file);
    auto result = change();
    carry(file, known, before);
    return result;
  }

 private:
  [[nodiscard]] std::filesystem::path entry_of(const FileStamp& stamp) const;
  [[nodiscard]] bool is_settled(const FileStamp& stamp) const;
  void carry(const std::filesystem::path& file, const std::optional<FileFacts>& known,
             const FileStamp& before) const;
  void write(const std::filesystem::path& file, const FileFacts& facts, const FileStamp& stamp) const;

  std::filesystem::path folder_;
  MemoryRules rules_;
};

}  // namespace inferscale::artifact
