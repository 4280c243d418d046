#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "artifact/known_hashes.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "family/resolve.hpp"
#include "onnx/settings.hpp"

namespace inferscale::artifact {

/// A file that the store made, or found whole.
struct Artifact {
  std::filesystem::path path;
  std::filesystem::path json;  ///< how it was made; docs/reference/artifacts.md lists the fields
  std::string sha256;          ///< of path
  std::uint64_t bytes = 0;     ///< of path, and of its external data
  double seconds = 0;          ///< it took to make, whenever that was
  bool reused = false;         ///< found in the store, and verified
  /// Of weights: the files that hold them, each with its SHA-256.
  std::vector<onnx_graph::WrittenFile> parts;
};

/// What a recipe made.
struct Made {
  Made() = default;
  Made(
      onnx_graph::ExportedGraph exported)  // NOLINT(google-explicit-constructor): every exported graph is one
      : file(std::move(exported.graph)), external_data(std::move(exported.external_data)) {}
  onnx_graph::WrittenFile file;
  std::optional<onnx_graph::WrittenFile> external_data;
  std::vector<onnx_graph::WrittenFile> linked_weights;  ///< that the file points into
  /// More for the .json that only making it could tell. Null, not {}: tl::expected's converting constructor
  /// makes a default value that it never destroys, and null owns no memory.
  Json details;
};

/// What to make, and everything that its content depends on.
struct Recipe {
  std::string kind;       ///< the folder: "weights", "onnx", "tensorrt", "calib"
  std::string stem;       ///< readable start of the file's name: "fp32-prefill-last"
  std::string extension;  ///< ".onnx"
  Json key;               ///< whatever decides the content, versions of the makers included
  Json details;           ///< more for the .json that does not decide the content
  /// Writes the file, atomically; returns what it wrote. Called with the artifact's lock held.
  std::function<Result<Made>(const std::filesystem::path&)> make;
};

/// Content-addressed files under one root:
///   <root>/<model>/weights/<how>-<key>.safetensors   <root>/<model>/onnx/<settings>-<key>.onnx
/// where <key> is the start of the SHA-256 of the canonical JSON of all that decides the content. Beside each
/// lies its .json. Each artifact is made once, whatever number of threads and processes ask for it at the
/// same time (a lock per artifact); one that is half-written or was altered is found by its size and SHA-256
/// and made again, with a notice in the log. Thread-safe.
class ArtifactStore {
 public:
  /// `force_export`: make every graph again, once in this store's life. `cancelled` ends a wait for another
  /// process that makes the same artifact, with an error.
  explicit ArtifactStore(std::filesystem::path root = "artifacts", bool force_export = false,
                         std::function<bool()> cancelled = {});
  ArtifactStore(const ArtifactStore&) = delete;
  ArtifactStore& operator=(const ArtifactStore&) = delete;
  ~ArtifactStore();

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  /// Hashes of large files, the store's own and those of models.
  [[nodiscard]] const KnownHashes& hashes() const { return hashes_; }

  /// What every backend's artifact derives from: a folder model's own files in the type in which they are
  /// stored, hashed and not copied (`path` is the file, or the index of several), or, of the ladder, one F32
  /// safetensors file made from the seed. Every element was seen to be finite. A conversion that an older
  /// version left in the store stands for a folder's files, since what was made of it has its hash.
  Result<Artifact> weights(const model::Model& model, std::uint64_t seed);
  /// The same as one F32 safetensors file with canonical names, for backends that load one: weights() where
  /// that is such a file, else a conversion in the store.
  Result<Artifact> canonical_weights(const model::Model& model, std::uint64_t seed);
  /// The ONNX graph of weights(model, seed). `details`: more for its .json that does not decide the content.
  Result<Artifact> onnx_graph(const model::Model& model, std::uint64_t seed,
                              const onnx_graph::ExportSettings& settings,
                              const Json& details = Json::object());

  /// What the above are made of, and what engines and calibration caches will be.
  Result<Artifact> get_or_make(const model::Model& model, const Recipe& recipe, bool force = false);
  /// What get_or_make would find without making it; nothing that is half-written or was altered.
  /// `recipe.make` is not needed.
  [[nodiscard]] std::optional<Artifact> find(const model::Model& model, const Recipe& recipe);

 private:
  class State;  ///< what this process has verified or made
  std::filesystem::path root_;
  KnownHashes hashes_;
  bool force_export_;
  std::function<bool()> cancelled_;
  std::unique_ptr<State> state_;
};

}  // namespace inferscale::artifact
