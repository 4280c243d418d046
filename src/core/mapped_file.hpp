#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/error.hpp"

namespace inferscale {

/// A file's content, read-only, without a copy. The file must not shrink while it is mapped (the kernel
/// answers reads beyond the end with SIGBUS).
class MappedFile {
 public:
  /// An error for what cannot be read or is no file (a FIFO is not waited for). `read_ahead`: all pages at
  /// once.
  static Result<MappedFile> open(const std::filesystem::path& file, bool read_ahead = false);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// Empty for an empty file.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// Gives pages back to the kernel; the bytes stay readable. Whole pages, rounded outwards: a neighbour that
  /// shares one reads it again from the page cache.
  void release(std::size_t begin, std::size_t length) const;

 private:
  MappedFile(std::byte* data, std::size_t size) : data_(data), size_(size) {}
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace inferscale
