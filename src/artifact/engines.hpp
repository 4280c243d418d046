#pragma once

#include <optional>

#include "artifact/model_files.hpp"

namespace inferscale::artifact {

struct Engine {
  std::optional<Artifact> artifact;
  std::optional<Error> not_built;  ///< why there is none; it carries the outcome that the backend's rows have
};

/// The engine of a graph, from the store or built by the backend's worker: a fresh process, which has half an
/// hour. What fails beside the worker (a wrong option, a full disk, a lock) is an error, and no outcome of
/// rows.
Result<Engine> engine_of(const model::Model& model, const BackendGraph& graph, const FilesRequest& request,
                         ArtifactStore& store);

}  // namespace inferscale::artifact
