#pragma once

#include <filesystem>
#include <vector>

#include "artifact/store.hpp"

namespace inferscale::artifact {

/// Names for files of weights in a graph's folder, so that the graph reads them from there: runtimes accept
/// external data only below that folder, and no symbolic link out of it. Each is a hard link, or a copy where
/// there can be none (linked_file.hpp), called "weights-<start of its SHA-256>.safetensors": two graphs of
/// the same weights share it. Names that were made are removed again, unless keep() is called.
class WeightLinks {
 public:
  /// `folder`: the graph's. `weights` and `hashes`: the store's.
  WeightLinks(std::filesystem::path folder, const Artifact& weights, const KnownHashes& hashes)
      : folder_(std::move(folder)), weights_(weights), hashes_(hashes) {}
  WeightLinks(const WeightLinks&) = delete;
  WeightLinks& operator=(const WeightLinks&) = delete;
  ~WeightLinks();

  /// For graph::export_onnx.
  [[nodiscard]] onnx_graph::LinkWeights link();
  /// The names stay; what they name.
  std::vector<onnx_graph::WrittenFile> keep();

 private:
  Result<std::string> name(const std::filesystem::path& file);

  std::filesystem::path folder_;
  const Artifact& weights_;
  const KnownHashes& hashes_;
  std::vector<onnx_graph::WrittenFile> linked_;
  std::vector<std::filesystem::path> made_;
};

}  // namespace inferscale::artifact
