#include "study/artifacts.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "quality/backend_graph.hpp"
#include "study/progress.hpp"

namespace inferscale {
namespace {

GraphRequest graph_request(const BackendInfo& backend, const PreparedStudy& study,
                           const RunOptions& options) {
  GraphRequest request;
  request.backend = backend;
  request.seed = study.plan.seed;
  request.logits = study.plan.logits;
  request.options = options_of(study.plan, backend.name);
  request.corpus = study.plan.corpus;
  request.tokenizer = study.plan.tokenizer;
  request.runner = study.calibration;
  request.runner.cpus = study.cpus;
  request.runner.cancelled = options.cancelled;
  request.runner.executor = options.executor;
  return request;
}

}  // namespace

void StudyInputs::keep(const Artifact& artifact) {
  const bool known = std::any_of(artifacts_.begin(), artifacts_.end(),
                                 [&](const Artifact& other) { return other.path == artifact.path; });
  if (!known) {
    artifacts_.push_back(artifact);
    if (!artifact.reused) {
      log_info("made {} in {}", artifact.path.string(), format_duration(artifact.seconds));
    }
  }
}

Result<Inputs> StudyInputs::make_pair(const Model& model, const BackendInfo& backend,
                                      const PreparedStudy& study, const RunOptions& options,
                                      ArtifactStore& store) {
  Inputs inputs;
  if (backend.artifact == "none") {
    return inputs;
  }
  TRY_ASSIGN(const Artifact weights, store.weights(model, study.plan.seed));
  keep(weights);
  inputs.weights = weights.path;
  if (backend.artifact == "safetensors") {
    inputs.artifact = weights.path;
    return inputs;
  }
  if (backend.artifact != "onnx") {
    inputs.unsupported_because =
        fmt::format("this inferscale cannot make what {} loads: {}", backend.name, backend.artifact);
    return inputs;
  }
  const auto made = make_backend_graph(store, model, graph_request(backend, study, options));
  if (!made && made.error().outcome == Outcome::unsupported) {
    inputs.unsupported_because = made.error().message;
    return inputs;
  }
  TRY(made);
  if (made->calibration) {
    keep(*made->calibration);
  }
  keep(made->graph);
  inputs.artifact = made->graph.path;
  return inputs;
}

Result<StudyInputs> StudyInputs::make(const PreparedStudy& study, const std::vector<Repetition>& pending,
                                      const RunOptions& options) {
  StudyInputs inputs;
  for (const auto& model : study.models) {
    inputs.models_[model.name] = &model;
  }
  for (const auto& backend : study.backends) {
    inputs.backends_[backend.info.name] = &backend;
  }
  ArtifactStore store(options.artifacts_root, options.force_export);
  for (const auto& model : study.models) {
    for (const auto& backend : study.backends) {
      const bool needed = std::any_of(pending.begin(), pending.end(), [&](const Repetition& repetition) {
        return repetition.model == model.name && repetition.backend == backend.info.name;
      });
      if (options.cancelled()) {
        return inputs;
      }
      if (!needed || !backend.unsupported_because.empty()) {
        continue;
      }
      TRY_ASSIGN(Inputs files, inputs.make_pair(model, backend.info, study, options, store));
      inputs.files_[{model.name, backend.info.name}] = std::move(files);
    }
  }
  return inputs;
}

const Inputs& StudyInputs::files(const Repetition& repetition) const {
  static const Inputs none;
  const auto found = files_.find({repetition.model, repetition.backend});
  return found == files_.end() ? none : found->second;
}

const std::string& StudyInputs::reason_not_to_run(const Repetition& repetition) const {
  const auto& because = backend(repetition).unsupported_because;
  return because.empty() ? files(repetition).unsupported_because : because;
}

}  // namespace inferscale
