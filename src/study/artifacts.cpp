#include "study/artifacts.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "study/progress.hpp"

namespace inferscale {

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

Result<Inputs> StudyInputs::make_pair(const Model& model, const BackendInfo& backend, const Plan& plan,
                                      ArtifactStore& store) {
  Inputs inputs;
  if (backend.artifact == "none") {
    return inputs;
  }
  TRY_ASSIGN(const Artifact weights, store.weights(model, plan.seed));
  keep(weights);
  inputs.weights = weights.path;
  if (backend.artifact == "safetensors") {
    inputs.artifact = weights.path;
    return inputs;
  }
  const auto precision = parse_precision(backend.graph_precision);
  if (backend.artifact != "onnx" || !precision) {
    inputs.unsupported_because = fmt::format("this inferscale cannot make what {} loads: {} at {}",
                                             backend.name, backend.artifact, backend.graph_precision);
    return inputs;
  }
  const ExportSettings settings{*precision, GraphMode::prefill, plan.logits};
  if (const auto supported = check_supported(settings); !supported) {
    inputs.unsupported_because = supported.error().message;
    return inputs;
  }
  TRY_ASSIGN(const Artifact graph, store.onnx_graph(model, plan.seed, settings));
  keep(graph);
  inputs.artifact = graph.path;
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
      TRY_ASSIGN(Inputs files, inputs.make_pair(model, backend.info, study.plan, store));
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
