#include "onnx/hashed_file.hpp"

#include <future>

namespace inferscale::onnx_graph {

Result<HashedFile> HashedFile::create(const std::filesystem::path& file, PageCache cache) {
  TRY_ASSIGN(AtomicFile made, AtomicFile::create(file, cache));
  return HashedFile(std::move(made));
}

Result<void> HashedFile::write(std::string_view data) {
  constexpr std::size_t kWorthAThread = 1U << 20U;  // hashing it takes far longer than starting a thread
  const auto policy =
      data.size() < kWorthAThread ? std::launch::deferred : std::launch::async | std::launch::deferred;
  auto hashed = std::async(policy, [&] { hash_.update(data.data(), data.size()); });
  const Result<void> written = file_.write(data);
  hashed.get();
  bytes_ += data.size();
  return written;
}

Result<WrittenFile> HashedFile::finish() {
  TRY(file_.sync());
  return WrittenFile{file_.path(), bytes_, hash_.finish()};
}

}  // namespace inferscale::onnx_graph
