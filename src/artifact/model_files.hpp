#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "artifact/backend_graph.hpp"
#include "artifact/engine_profiles.hpp"
#include "artifact/store.hpp"
#include "client/executor.hpp"
#include "client/worker_session.hpp"
#include "protocol/measurement.hpp"

namespace inferscale::artifact {

/// What it takes to make what a backend loads for a model: of what its graph is made, and for which shapes
/// its engine is.
struct FilesRequest : GraphRequest {
  client::WorkerProgram worker;  ///< the backend's executable, which builds the engines of artifact "engine"
  /// Every shape that they ask for will fit a profile of an engine.
  std::vector<protocol::Scenario> scenarios;
  std::vector<protocol::Mode> modes;
  int new_tokens = 8;
  ProfilePolicy profiles = ProfilePolicy::batch;  ///< unless the option `profiles` names another
  bool force_engine = false;                      ///< build it even if there is one, once in the store's life
  std::function<bool()> cancelled = [] { return false; };
  client::Executor* executor = &client::local_executor();
  /// Builds the engines, one after another, and outlives the request; without one a fresh process builds
  /// each.
  client::WorkerSession* builder = nullptr;
};

struct ModelFiles {
  std::filesystem::path artifact;                        ///< absolute; empty when the backend loads none
  std::filesystem::path weights;                         ///< absolute; empty when the backend loads none
  std::optional<onnx_graph::Quantization> quantization;  ///< of an int8 graph
  std::vector<Artifact> artifacts;  ///< all that went into them, in the order in which they were made
  /// Why there is no artifact: `unsupported` for settings that cannot be exported, and whatever became of the
  /// building of an engine (out_of_memory, load_failed, timeout, crash ..). The other members are then no
  /// use.
  std::optional<Error> not_made;
};

/// Finds in the store, or makes: the weights, then the graph at the backend's precision, then the engine. An
/// error means that nothing else can be made either (full disk, broken weights).
Result<ModelFiles> make_model_files(const model::Model& model, const FilesRequest& request,
                                    ArtifactStore& store);

}  // namespace inferscale::artifact
