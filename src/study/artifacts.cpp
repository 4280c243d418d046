#include "study/artifacts.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/log.hpp"
#include "study/model_files.hpp"
#include "study/progress.hpp"
#include "study/side_by_side.hpp"

namespace inferscale {
namespace {

/// Each may hold a model's weights in memory, and runtimes that time kernels to choose among them disturb
/// each other the more, the more there are.
constexpr std::size_t kMostPairsAtATime = 6;

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

/// A model and a backend that run together.
struct Pair {
  const Model* model = nullptr;
  const StudyBackend* backend = nullptr;
};

/// Those with something to do, largest model first: what takes longest begins first.
std::vector<Pair> needed_pairs(const PreparedStudy& study, const std::vector<Repetition>& pending) {
  std::vector<Pair> pairs;
  for (const auto& model : study.models) {
    for (const auto& backend : study.backends) {
      const bool needed = std::any_of(pending.begin(), pending.end(), [&](const Repetition& repetition) {
        return repetition.model == model.name && repetition.backend == backend.info.name;
      });
      if (needed && backend.unsupported_because.empty()) {
        pairs.push_back({&model, &backend});
      }
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return parameter_count(a.model->config) > parameter_count(b.model->config);
  });
  return pairs;
}

/// Makes the files of all pairs, some side by side: graphs are written and calibrated on the CPU while a
/// runtime builds engines.
class FilesMaker {
 public:
  FilesMaker(const PreparedStudy& study, const RunOptions& options)
      : study_(study), options_(options), store_(options.artifacts_root, options.force_export) {}

  /// In the order of `pairs`; none for what was not begun because the study was cancelled. The first failure
  /// that is no pair's own ends it.
  Result<std::vector<std::optional<ModelFiles>>> make(const std::vector<Pair>& pairs) {
    std::vector<std::optional<ModelFiles>> made(pairs.size());
    const auto most = std::min(static_cast<std::size_t>(study_.plan.parallel_loads), kMostPairsAtATime);
    side_by_side(
        pairs.size(), most, [&] { return go_on(); }, [&](std::size_t i) { made[i] = make_one(pairs[i]); });
    if (failure_) {
      return tl::unexpected(*failure_);
    }
    return made;
  }

 private:
  bool go_on() {
    const std::scoped_lock lock(mutex_);
    return !failure_ && !options_.cancelled();
  }

  std::optional<ModelFiles> make_one(const Pair& pair) {
    auto files = make_model_files(*pair.model, files_request(*pair.backend, study_, options_), store_);
    const std::scoped_lock lock(mutex_);
    if (!files) {
      failure_ = failure_ ? failure_ : files.error();
      return std::nullopt;
    }
    for (const auto& artifact : files->artifacts) {
      if (!artifact.reused) {
        log_info("made {} in {}", artifact.path.string(), format_duration(artifact.seconds));
      }
    }
    if (files->not_made && is_degraded(files->not_made->outcome)) {
      log_info("no {} of {}: {}", pair.backend->info.name, pair.model->name, files->not_made->message);
    }
    return std::move(*files);
  }

  const PreparedStudy& study_;
  const RunOptions& options_;
  ArtifactStore store_;
  std::mutex mutex_;  ///< guards failure_, and lines of the log that belong together
  std::optional<Error> failure_;
};

}  // namespace

void StudyInputs::keep(const Artifact& artifact) {
  const bool known = std::any_of(artifacts_.begin(), artifacts_.end(),
                                 [&](const Artifact& other) { return other.path == artifact.path; });
  if (!known) {
    artifacts_.push_back(artifact);
  }
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
  const auto pairs = needed_pairs(study, pending);
  TRY_ASSIGN(auto made, FilesMaker(study, options).make(pairs));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (made[i]) {
      ModelFiles& files = *made[i];
      for (const auto& artifact : files.artifacts) {
        inputs.keep(artifact);
      }
      inputs.files_[{pairs[i].model->name, pairs[i].backend->info.name}] = {
          std::move(files.artifact), std::move(files.weights), std::move(files.not_made)};
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
