#include "core/disk_space.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <system_error>

#include "core/files.hpp"

namespace inferscale {
namespace {

constexpr double kMegabyte = 1e6;

/// The folder that the file will lie in, or the nearest one above it that is there.
std::filesystem::path nearest_folder(const std::filesystem::path& file) {
  std::error_code ignored;
  auto folder = std::filesystem::absolute(file, ignored).parent_path();
  while (folder.has_relative_path() && !std::filesystem::exists(folder, ignored)) {
    folder = folder.parent_path();
  }
  return folder;
}

}  // namespace

std::optional<DiskSpace> disk_space(const std::filesystem::path& file) {
  struct statvfs disk{};
  if (::statvfs(nearest_folder(file).c_str(), &disk) != 0 || disk.f_blocks == 0) {
    return std::nullopt;
  }
  return DiskSpace{std::uint64_t{disk.f_blocks} * disk.f_frsize,
                   std::uint64_t{disk.f_bavail} * disk.f_frsize};
}

Result<void> check_room(const std::filesystem::path& file, std::uint64_t bytes) {
  const auto disk = disk_space(file);
  const std::uint64_t room = disk ? disk->free_bytes : bytes;
  if (bytes > room) {
    return fail("cannot write '{}': {}: it takes {:.3f} MB, and its disk has {:.3f} MB free", file.string(),
                errno_message(ENOSPC), static_cast<double>(bytes) / kMegabyte,
                static_cast<double>(room) / kMegabyte);
  }
  return {};
}

}  // namespace inferscale
