#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace inferscale::artifact {

/// One artifact of a store, as it lies on disk.
struct StoredArtifact {
  std::string model, kind;  ///< folders: "gpt2", "onnx"
  std::string name;         ///< "fp32-prefill-last-cb3f95a4ee.onnx"
  std::uint64_t bytes =
      0;  ///< of all its files; a file with several names counts once, with the first of them
  std::chrono::system_clock::time_point last_used;  ///< the later of its last change and, where the disk
                                                    ///< keeps that, its last reading
  std::vector<std::filesystem::path> files;         ///< the artifact, what lies beside it, and its lock

  /// "gpt2/onnx/fp32-prefill-last-cb3f95a4ee.onnx": how manifests end, wherever the store lay.
  [[nodiscard]] std::string id() const { return model + "/" + kind + "/" + name; }
};

/// By model, kind and name. Temporary files and what others put there are left out. An empty list where there
/// is no store.
Result<std::vector<StoredArtifact>> stored_artifacts(const std::filesystem::path& root);

/// Which artifacts go.
struct PruneRules {
  std::optional<std::chrono::hours> unused_for;  ///< those that were not used for so long
  std::set<std::string> models, kinds;           ///< of these only; empty: of all
  std::set<std::string> keep;                    ///< by id()
  bool dry_run = false;
};

struct Pruned {
  std::vector<StoredArtifact> gone;
  std::vector<StoredArtifact> busy;  ///< another process makes or verifies them now
  std::uint64_t bytes = 0;           ///< of those that are gone
};

/// Removes artifacts, and names of weights that no graph points to any more.
Result<Pruned> prune(const std::filesystem::path& root, const PruneRules& rules);

/// What manifest.json of results folders lists, by id().
Result<std::set<std::string>> artifacts_of_results(const std::vector<std::string>& folders);

}  // namespace inferscale::artifact
