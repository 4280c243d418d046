#include "artifact/model_files.hpp"

#include <algorithm>

#include "artifact/engines.hpp"

namespace inferscale::artifact {
namespace {

ModelFiles& keep(ModelFiles& files, const Artifact& artifact) {
  files.artifacts.push_back(artifact);
  files.artifact = std::filesystem::absolute(artifact.path);
  return files;
}

ModelFiles without(ModelFiles files, Error why) {
  files.not_made = std::move(why);
  return files;
}

}  // namespace

Result<ModelFiles> make_model_files(const model::Model& model, const FilesRequest& request,
                                    ArtifactStore& store) {
  ModelFiles files;
  if (request.backend.artifact == "none") {
    return files;
  }
  TRY_ASSIGN(const Artifact weights, store.weights(model, request.seed));
  keep(files, weights);
  files.weights = files.artifact;
  if (request.backend.artifact == "safetensors") {
    return files;
  }
  const auto graph = make_backend_graph(store, model, request);
  if (!graph) {
    if (graph.error().outcome == Outcome::unsupported) {
      return without(std::move(files), graph.error());
    }
    return tl::unexpected(graph.error());
  }
  if (graph->calibration) {
    keep(files, *graph->calibration);
  }
  if (graph->samples) {
    keep(files, *graph->samples);
  }
  keep(files, graph->graph);
  files.quantization = graph->quantization;
  if (request.backend.artifact == "engine") {
    TRY_ASSIGN(const Engine engine, engine_of(model, *graph, request, store));
    if (engine.not_built) {
      return without(std::move(files), *engine.not_built);
    }
    keep(files, *engine.artifact);
  }
  return files;
}

std::vector<protocol::Scenario> builtin_scenarios_and(const protocol::Scenario& scenario) {
  auto scenarios = protocol::builtin_scenarios();
  if (std::find(scenarios.begin(), scenarios.end(), scenario) == scenarios.end()) {
    scenarios.push_back(scenario);
  }
  return scenarios;
}

}  // namespace inferscale::artifact
