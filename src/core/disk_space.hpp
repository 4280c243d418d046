#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/error.hpp"

namespace inferscale {

struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< for users without privileges
};

/// Of the file system that `file` lies on, or will; nothing where the system does not tell.
std::optional<DiskSpace> disk_space(const std::filesystem::path& file);

/// An error with both numbers when `bytes` more do not fit on the disk that `file` will lie on; nothing where
/// the system does not tell. Ask before a large file is begun: a disk that fills up meanwhile is an error of
/// writing all the same.
Result<void> check_room(const std::filesystem::path& file, std::uint64_t bytes);

}  // namespace inferscale
