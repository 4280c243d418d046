#pragma once

#include <cstddef>
#include <filesystem>

#include "core/error.hpp"

namespace inferscale::tensorrt {

/// A file's content, read-only, without a copy: engines are as large as their model.
class MappedFile {
 public:
  /// Outcome::load_failed for a file that cannot be read, or is empty.
  static Result<MappedFile> open(const std::filesystem::path& file);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] const void* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  MappedFile(void* data, std::size_t size) : data_(data), size_(size) {}
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace inferscale::tensorrt
