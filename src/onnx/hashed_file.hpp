#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/sha256.hpp"
#include "onnx/settings.hpp"

namespace inferscale::onnx_graph {

/// An atomic file that is hashed on the way, on a thread of its own while a large piece is written.
class HashedFile {
 public:
  static Result<HashedFile> create(const std::filesystem::path& file, PageCache cache = PageCache::keep);

  Result<void> write(std::string_view data);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Waits until all that was written is on disk; nothing may be written afterwards.
  Result<WrittenFile> finish();
  /// Puts the finished file under its name, over what was there.
  Result<void> publish() { return file_.publish(); }

 private:
  explicit HashedFile(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

}  // namespace inferscale::onnx_graph
