#include "core/linked_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "core/atomic_file.hpp"
#include "core/disk_space.hpp"
#include "core/mapped_file.hpp"

namespace inferscale {
namespace {

constexpr std::size_t kChunk = 4U << 20;

Result<void> write_copy(const std::filesystem::path& file, const std::filesystem::path& name) {
  TRY_ASSIGN(const MappedFile source, MappedFile::open(file));
  TRY(check_room(name, source.bytes().size()));
  TRY_ASSIGN(AtomicFile out, AtomicFile::create(name));
  const std::string_view text(reinterpret_cast<const char*>(source.bytes().data()), source.bytes().size());
  for (std::size_t begin = 0; begin < text.size(); begin += kChunk) {
    const auto chunk = text.substr(begin, kChunk);
    TRY(out.write(chunk));
    source.release(begin, chunk.size());
  }
  TRY(out.sync());
  return out.publish();
}

}  // namespace

Result<bool> link_or_copy(const std::filesystem::path& file, const std::filesystem::path& name) {
  std::error_code error;
  if (std::filesystem::equivalent(file, name, error) && !std::filesystem::is_symlink(name, error)) {
    return true;
  }
  if (name.has_parent_path()) {
    TRY(make_folders(name.parent_path()));
  }
  static std::atomic<unsigned> serial = 0;
  const auto temporary = name.parent_path() / fmt::format(".{}.{}.link{}.tmp", name.filename().string(),
                                                          ::getpid(), serial.fetch_add(1));
  // AT_SYMLINK_FOLLOW: download caches keep symbolic links to the files themselves.
  if (::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    TRY(write_copy(file, name));
    return false;
  }
  std::filesystem::rename(temporary, name, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return fail("cannot write '{}': {}", name.string(), error.message());
  }
  return true;
}

}  // namespace inferscale
