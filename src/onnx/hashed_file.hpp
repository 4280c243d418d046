#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "onnx/settings.hpp"

namespace inferscale::onnx_graph {

/// A file that is written under a temporary name beside its own and hashed on the way. It gets its name by
/// publish(), and is gone if it never does. A process that is killed leaves the temporary file only:
/// ".<name>.<process>.<number>.tmp".
class HashedFile {
 public:
  static Result<HashedFile> create(const std::filesystem::path& file);
  HashedFile(HashedFile&& other) noexcept;
  HashedFile& operator=(HashedFile&&) = delete;
  HashedFile(const HashedFile&) = delete;
  HashedFile& operator=(const HashedFile&) = delete;
  ~HashedFile();

  Result<void> write(std::string_view data);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Waits until all that was written is on disk; nothing may be written afterwards.
  Result<WrittenFile> finish();
  /// Puts the finished file under its name, over what was there.
  Result<void> publish();

 private:
  HashedFile() = default;
  std::filesystem::path file_, temporary_;  ///< temporary_ is empty when there is none (any more)
  FileDescriptor fd_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

}  // namespace inferscale::onnx_graph
