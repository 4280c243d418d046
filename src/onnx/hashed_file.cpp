#include "onnx/hashed_file.hpp"

namespace inferscale::onnx_graph {

Result<HashedFile> HashedFile::create(const std::filesystem::path& file) {
  TRY_ASSIGN(AtomicFile made, AtomicFile::create(file));
  return HashedFile(std::move(made));
}

Result<void> HashedFile::write(std::string_view data) {
  constexpr std::size_t kChunk = 1 << 20;  // hash and write while the bytes are in cache
  while (!data.empty()) {
    const auto chunk = data.substr(0, kChunk);
    hash_.update(chunk.data(), chunk.size());
    TRY(file_.write(chunk));
    bytes_ += chunk.size();
    data.remove_prefix(chunk.size());
  }
  return {};
}

Result<WrittenFile> HashedFile::finish() {
  TRY(file_.sync());
  return WrittenFile{file_.path(), bytes_, hash_.finish()};
}

}  // namespace inferscale::onnx_graph
