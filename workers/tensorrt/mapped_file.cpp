#include "mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "core/files.hpp"

namespace inferscale::tensorrt {

Result<MappedFile> MappedFile::open(const std::filesystem::path& file) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!descriptor.valid() || ::fstat(descriptor.get(), &status) != 0) {
    return fail_as(Outcome::load_failed, "cannot read '{}': {}", file.string(), errno_message(errno));
  }
  if (status.st_size == 0) {
    return fail_as(Outcome::load_failed, "'{}' is empty", file.string());
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor.get(), 0);
  if (data == MAP_FAILED) {
    return fail_as(Outcome::load_failed, "cannot map '{}': {}", file.string(), errno_message(errno));
  }
  return MappedFile(data, size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

}  // namespace inferscale::tensorrt
