#include "study/artifacts.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "study/model_files.hpp"
#include "study/progress.hpp"

namespace inferscale {
namespace {

FilesRequest files_request(const StudyBackend& backend, const PreparedStudy& study,
                           const RunOptions& options) {
  FilesRequest request;
  request.backend = backend.info;
  request.worker = backend.worker;
  request.seed = study.plan.seed;
  request.logits = study.plan.logits;
  request.options = options_of(study.plan, backend.info.name);
  request.corpus = study.plan.corpus;
  request.tokenizer = study.plan.tokenizer;
  request.runner = study.calibration;
  request.runner.cpus = study.cpus;
  request.runner.cancelled = options.cancelled;
  request.runner.executor = options.executor;
  request.scenarios = study.plan.scenarios;
  request.modes = study.plan.modes;
  request.new_tokens = study.plan.new_tokens;
  request.force_engine = options.force_engines;
  request.cancelled = options.cancelled;
  request.executor = options.executor;
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

Result<Inputs> StudyInputs::make_pair(const Model& model, const StudyBackend& backend,
                                      const PreparedStudy& study, const RunOptions& options,
                                      ArtifactStore& store) {
  TRY_ASSIGN(ModelFiles files, make_model_files(model, files_request(backend, study, options), store));
  for (const auto& artifact : files.artifacts) {
    keep(artifact);
  }
  if (files.not_made && is_degraded(files.not_made->outcome)) {
    log_info("no {} of {}: {}", backend.info.name, model.name, files.not_made->message);
  }
  return Inputs{std::move(files.artifact), std::move(files.weights), std::move(files.not_made)};
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
      TRY_ASSIGN(Inputs files, inputs.make_pair(model, backend, study, options, store));
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
  const auto& not_made = files(repetition).not_made;
  return because.empty() && not_made ? not_made->message : because;
}

}  // namespace inferscale
