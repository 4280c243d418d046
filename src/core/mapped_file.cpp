#include "core/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/files.hpp"

namespace inferscale {

Result<MappedFile> MappedFile::open(const std::filesystem::path& file, bool read_ahead) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
    return fail("cannot read '{}': {}", file.string(), errno_message(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail("cannot read '{}': not a file", file.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) {  // which mmap refuses
    return MappedFile(nullptr, 0);
  }
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | (read_ahead ? MAP_POPULATE : 0), fd.get(), 0);
  if (data == MAP_FAILED) {  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
    return fail("cannot map '{}': {}", file.string(), errno_message(errno));
  }
  return MappedFile(static_cast<std::byte*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

void MappedFile::release(std::size_t begin, std::size_t length) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = begin / page * page;
  if (begin + length > first) {
    ::madvise(data_ + first, begin + length - first, MADV_DONTNEED);
  }
}

}  // namespace inferscale
