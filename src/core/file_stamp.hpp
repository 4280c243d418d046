#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>

namespace inferscale {

/// What tells whether a file is as it was: no program can set the time of its last change (ctime), and a file
/// that was put in its place has another inode. All 0 for one that is no file or cannot be asked.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::filesystem::path& file);

/// Of a time as the system has it.
std::int64_t nanoseconds(const timespec& time);

}  // namespace inferscale
