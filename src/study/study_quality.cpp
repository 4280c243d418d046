#include "study/study_quality.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "study/artifacts.hpp"
#include "study/backend_quality.hpp"
#include "study/progress.hpp"

namespace inferscale {
namespace {

constexpr int kQualityVersion = 1;  // raised when the same inputs would give other figures

/// The study as its quality is measured: logits of all positions, and the reference among the backends.
PreparedStudy with_reference(const PreparedStudy& study) {
  PreparedStudy whole = study;
  whole.plan.logits = LogitsScope::all;
  const auto known = [&](const std::string& name) {
    return std::any_of(whole.backends.begin(), whole.backends.end(),
                       [&](const StudyBackend& backend) { return backend.info.name == name; });
  };
  if (study.reference && !known(study.reference->info.name)) {
    whole.backends.push_back(*study.reference);
  }
  std::stable_partition(whole.backends.begin(), whole.backends.end(), [&](const StudyBackend& backend) {
    return study.reference && backend.info.name == study.reference->info.name;
  });
  return whole;
}

bool loads_a_model(const StudyBackend& backend) {
  return backend.unsupported_because.empty() && backend.info.artifact != "none";
}

/// A pair of model and backend in the form that StudyInputs takes.
Repetition pair_of(const Model& model, const StudyBackend& backend) {
  Repetition pair;
  pair.model = model.name;
  pair.backend = backend.info.name;
  return pair;
}

std::vector<Repetition> pairs_of(const PreparedStudy& study) {
  std::vector<Repetition> pairs;
  for (const auto& model : study.models) {
    for (const auto& backend : study.backends) {
      if (loads_a_model(backend)) {
        pairs.push_back(pair_of(model, backend));
      }
    }
  }
  return pairs;
}

class QualityRun {
 public:
  QualityRun(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
             const StudyInputs& inputs)
      : study_(study),
        inputs_(inputs),
        folder_(std::move(folder)),
        settings_{&study.plan, study.cpus, options.cancelled, options.executor},
        progress_(pairs_of(study).size(), "checks of accuracy") {}

  Result<std::vector<QualityResult>> run() {
    TRY_ASSIGN(stored_, read_quality(folder_));
    for (std::size_t i = 0; i < study_.models.size(); ++i) {
      corpus_ = study_.corpora.empty() ? nullptr : &study_.corpora[i];
      TRY(check_model(study_.models[i]));
    }
    return std::move(results_);
  }

 private:
  Result<void> check_model(const Model& model) {
    reference_.reset();
    for (const auto& backend : study_.backends) {
      const auto pair = pair_of(model, backend);
      if (!loads_a_model(backend) || !inputs_.reason_not_to_run(pair).empty()) {
        continue;
      }
      if (settings_.cancelled()) {
        return {};
      }
      QualityResult result = new_result(model, backend);
      const auto known = std::find_if(stored_.begin(), stored_.end(), [&](const QualityResult& one) {
        return one.model == model.name && one.backend == backend.info.name && one.inputs == result.inputs;
      });
      if (known != stored_.end()) {
        result = *known;
      } else {
        measure(model, backend, result);
        if (settings_.cancelled()) {
          return {};  // whatever was measured last may have been ended by us
        }
      }
      progress_.finished_one();
      note_failure(result);
      results_.push_back(std::move(result));
      TRY(write_quality(folder_, results_));
    }
    return {};
  }

  [[nodiscard]] bool is_reference(const StudyBackend& backend) const {
    return study_.reference && backend.info.name == study_.reference->info.name;
  }

  [[nodiscard]] std::string sha256_of(const std::filesystem::path& artifact) const {
    for (const auto& one : inputs_.artifacts()) {
      if (std::filesystem::absolute(one.path) == std::filesystem::absolute(artifact)) {
        return one.sha256;
      }
    }
    return {};
  }

  [[nodiscard]] Json loaded(const Model& model, const StudyBackend& backend) const {
    Json json = Json::object();
    json["artifact_sha256"] = sha256_of(inputs_.files(pair_of(model, backend)).artifact);
    json["runtime_version"] = backend.runtime_version;
    const auto options = study_.plan.backend_options.find(backend.info.name);
    json["options"] = options == study_.plan.backend_options.end() ? Json::object() : options->second;
    return json;
  }

  [[nodiscard]] QualityResult new_result(const Model& model, const StudyBackend& backend) const {
    QualityResult result;
    result.model = model.name;
    result.backend = backend.info.name;
    result.precision = backend.info.precision;
    result.reference = study_.reference ? study_.reference->info.name : "";
    result.inputs["version"] = kQualityVersion;
    result.inputs["backend"] = loaded(model, backend);
    result.inputs["reference"] = study_.reference ? loaded(model, *study_.reference) : Json(nullptr);
    if (corpus_ != nullptr) {
      result.inputs["corpus_sha256"] = corpus_->file_sha256;
      result.inputs["corpus_tokens_sha256"] = corpus_->tokens_sha256;
    }
    result.figures.wants_perplexity = corpus_ != nullptr;
    return result;
  }

  [[nodiscard]] BackendQuality ask(const Model& model, const StudyBackend& backend, bool wants_perplexity) {
    const auto what = fmt::format("accuracy of {} on {}", backend.info.name, model.name);
    progress_.starting(what);
    BackendQualityOptions options;
    options.scratch = std::filesystem::absolute(folder_ / ".parity-logits");
    options.corpus = wants_perplexity ? corpus_ : nullptr;
    options.progress = [&](std::size_t done, std::size_t batches) {
      progress_.starting(fmt::format("{}: {} of {} batches", what, done, batches));
    };
    return measure_backend_quality(model, backend, inputs_.files(pair_of(model, backend)), settings_,
                                   options);
  }

  /// The reference's logits and perplexity, asked for once a model: the perplexity of an earlier run serves.
  const BackendQuality& reference_of(const Model& model) {
    if (!reference_) {
      const auto known = std::find_if(results_.begin(), results_.end(), [&](const QualityResult& one) {
        return one.model == model.name && one.backend == study_.reference->info.name;
      });
      const bool has_perplexity = known != results_.end() && known->figures.perplexity;
      reference_ = ask(model, *study_.reference, corpus_ != nullptr && !has_perplexity);
      if (has_perplexity) {
        reference_->perplexity = known->figures.perplexity;
      }
    }
    return *reference_;
  }

  void measure(const Model& model, const StudyBackend& backend, QualityResult& result) {
    QualityFigures& figures = result.figures;
    if (!study_.reference) {
      const auto mine = ask(model, backend, corpus_ != nullptr);
      figures.perplexity = mine.perplexity;
      figures.perplexity_error = mine.perplexity_error;
      figures.parity_error = mine.logits_error;
      result.verdict =
          mine.logits_error.empty() && mine.perplexity_error.empty()
              ? GateVerdict{Gate::not_checked, "no fp32 backend that could be the reference runs here"}
              : judge(figures, result.precision);
      return;
    }
    const BackendQuality& reference = reference_of(model);
    const BackendQuality mine = is_reference(backend) ? reference : ask(model, backend, corpus_ != nullptr);
    figures.perplexity = mine.perplexity;
    figures.perplexity_error = mine.perplexity_error;
    figures.parity_error = mine.logits_error;
    if (reference.perplexity) {
      figures.reference_perplexity = reference.perplexity->figures.perplexity;
    }
    if (mine.logits && !reference.logits) {
      result.verdict = {Gate::not_checked, fmt::format("the reference {} gave no result: {}",
                                                       result.reference, reference.logits_error)};
      return;
    }
    if (mine.logits) {
      figures.parity = compare_logits(*reference.logits, *mine.logits);
    }
    result.verdict = judge(figures, result.precision);
  }

  void note_failure(const QualityResult& result) {
    if (result.verdict.gate != Gate::passed) {
      progress_.note(fmt::format("{} {}: gate {}: {}", result.model, result.backend,
                                 result.verdict.gate == Gate::failed ? "failed" : "not checked",
                                 result.verdict.reason));
    }
  }

  const PreparedStudy& study_;
  const StudyInputs& inputs_;
  std::filesystem::path folder_;
  RepetitionSettings settings_;
  Progress progress_;
  const ModelCorpus* corpus_ = nullptr;
  std::optional<BackendQuality> reference_;  ///< of the current model
  std::vector<QualityResult> stored_;
  std::vector<QualityResult> results_;
};

}  // namespace

Result<StudyQuality> measure_study_quality(const PreparedStudy& study, const RunOptions& options,
                                           const std::filesystem::path& folder) {
  StudyQuality quality;
  if (pairs_of(study).empty()) {
    return quality;
  }
  const PreparedStudy whole = with_reference(study);
  const auto pairs = pairs_of(whole);
  RunOptions found = options;  // what was made anew for the measurements is not made anew again
  found.force_export = found.force_engines = false;
  TRY_ASSIGN(const StudyInputs inputs, StudyInputs::make(whole, pairs, found));
  if (options.cancelled()) {
    return quality;
  }
  TRY_ASSIGN(quality.results, QualityRun(whole, options, folder, inputs).run());
  quality.artifacts = inputs.artifacts();
  return quality;
}

std::size_t count_gates(const std::vector<QualityResult>& results, Gate gate) {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const QualityResult& one) { return one.verdict.gate == gate; }));
}

}  // namespace inferscale
