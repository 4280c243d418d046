#pragma once

#include "study/model_files.hpp"

namespace inferscale {

/// The engine of a graph, from the store or built by the backend's worker: a fresh process, which has half an
/// hour. Errors carry the outcome that the backend's rows will have.
Result<Artifact> engine_of(const Model& model, const BackendGraph& graph, const FilesRequest& request,
                           ArtifactStore& store);

}  // namespace inferscale
