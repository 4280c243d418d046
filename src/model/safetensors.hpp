#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/mapped_file.hpp"
#include "model/dtype.hpp"

namespace inferscale::model {

/// One tensor of a safetensors file. `offset` counts from the start of the data, behind the header.
struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Text of a file as it may appear in a message: cut to `max_bytes`, control characters as '?'.
std::string printable(std::string_view text, std::size_t max_bytes = 80);
/// "[768, 2304]"
std::string to_string(std::span<const std::int64_t> shape);
/// Elements of a shape; an error when a dimension is negative or the product passes 2^63.
Result<std::int64_t> element_count(std::span<const std::int64_t> shape);
/// Bytes of a tensor; an error when the product overflows or its bits do not fill whole bytes.
Result<std::uint64_t> byte_count(Dtype dtype, std::span<const std::int64_t> shape);

/// A safetensors file, mapped into memory. The reader is strict, as the format's description asks ("Format"
/// in the README of huggingface/safetensors): 8 bytes, little-endian, give the header's length (at most 100
/// MB); the header is one JSON object that starts with '{', with no key twice; `__metadata__` maps strings to
/// strings; the tensors' bytes follow each other from 0 to the end of the file with no hole and no overlap;
/// and each tensor's size is its shape times its dtype. Every error names the file, and the tensor where
/// there is one. The file must not shrink while it is open (the kernel answers reads beyond the end with
/// SIGBUS).
class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::filesystem::path& file);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// In the order of their offsets.
  [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// nullptr when there is none.
  [[nodiscard]] const TensorInfo* find(std::string_view name) const;
  /// The tensor's bytes; any alignment is possible. Valid as long as this file (or what it is moved to).
  [[nodiscard]] std::span<const std::byte> data(const TensorInfo& tensor) const;
  /// Where the tensor's bytes start, counted from the start of the file.
  [[nodiscard]] std::uint64_t file_offset(const TensorInfo& tensor) const {
    return data_start_ + tensor.offset;
  }
  /// The whole file, header included.
  [[nodiscard]] std::span<const std::byte> bytes() const { return mapping_->bytes(); }
  /// Gives the tensor's pages back to the kernel, so that reading a large file tensor by tensor keeps the
  /// resident set small. The data stays readable.
  void release(const TensorInfo& tensor) const;
  /// The same of `length` bytes of the file from byte `begin` on.
  void release(std::uint64_t begin, std::uint64_t length) const { mapping_->release(begin, length); }

 private:
  SafetensorsFile() = default;
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> mapping_;
  std::uint64_t data_start_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, std::string> metadata_;
};

/// Writes a safetensors file without holding its tensors: the header first, then the bytes of any tensor in
/// any order, from any thread. The file appears under its name only when finish() succeeds (temporary file
/// beside it, fsync, rename, fsync of the folder); otherwise nothing of it stays. A full disk is an error
/// that says so.
class SafetensorsWriter {
 public:
  /// The tensors' data will lie in the order given; `offset` and `bytes` of the infos are computed.
  static Result<SafetensorsWriter> create(const std::filesystem::path& file, std::vector<TensorInfo> tensors,
                                          const std::map<std::string, std::string>& metadata);
  SafetensorsWriter(SafetensorsWriter&&) noexcept;
  SafetensorsWriter& operator=(SafetensorsWriter&&) = delete;
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;
  ~SafetensorsWriter() = default;

  [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return tensors_; }
  /// Writes bytes of tensor number `index` from byte `offset` of it. Thread-safe; each byte must be written
  /// once.
  Result<void> write(std::size_t index, std::uint64_t offset, std::span<const std::byte> bytes);
  /// Refuses when bytes are missing. Call once, last.
  Result<void> finish();

 private:
  explicit SafetensorsWriter(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
  std::uint64_t data_start_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  std::vector<TensorInfo> tensors_;
};

}  // namespace inferscale::model
