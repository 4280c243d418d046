#include "study/study_quality.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/log.hpp"
#include "core/side_by_side.hpp"
#include "machine/gpu_room.hpp"
#include "study/artifacts.hpp"
#include "study/exact_int8.hpp"
#include "study/progress.hpp"
#include "study/quality_check.hpp"
#include "study/quality_pairs.hpp"
#include "study/reference_perplexity.hpp"

namespace inferscale::study {

using namespace artifact;
using namespace record;

namespace {

constexpr int kQualityVersion = 1;  // raised when the same inputs would give other figures

class QualityRun {
 public:
  /// `ahead` of another run, while engines are built: it says nothing, keeps only what passes, and leaves to
  /// the other what the GPU has no room for.
  QualityRun(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
             const StudyInputs& inputs, ArtifactStore& store, bool ahead)
      : study_(study),
        inputs_(inputs),
        store_(store),
        folder_(std::move(folder)),
        settings_{&study.plan, study.cpus, options.cancelled, options.executor},
        ahead_(ahead) {
    if (!ahead) {
      progress_.emplace(pairs_of(study).size(), "checks of accuracy");
    }
  }

  Result<std::vector<QualityResult>> run() {
    TRY(add_all_checks());
    TRY(judge_answered());
    TRY(ask_all());
    if (!ahead_) {
      find_kept();
    }
    return results();
  }

  /// The references' perplexities alone, one after the other, into the store.
  Result<void> run_references() {
    TRY(add_all_checks());
    for (const auto& check : checks_) {
      if (check.is_reference && check.asks && check.wants_perplexity && !settings_.cancelled()) {
        TRY(perplexity_of_reference(check, {}, true));
      }
    }
    return {};
  }

  /// What the store keeps of the references, of those that were asked for.
  [[nodiscard]] const std::vector<Artifact>& kept() const { return kept_; }

 private:
  Result<void> add_all_checks() {
    TRY_ASSIGN(const auto stored, read_quality(folder_));
    for (std::size_t i = 0; i < study_.models.size(); ++i) {
      add_checks(study_.models[i], study_.corpora.empty() ? nullptr : &study_.corpora[i], stored);
    }
    std::copy_if(stored.begin(), stored.end(), std::back_inserter(others_),
                 [&](const QualityResult& result) { return !checks(result); });
    return {};
  }

  /// Whether the result is of a pair that this run checks.
  [[nodiscard]] bool checks(const QualityResult& result) const {
    return std::any_of(checks_.begin(), checks_.end(), [&](const QualityCheck& check) {
      return check.result.model == result.model && check.result.backend == result.backend;
    });
  }

  void add_checks(const model::Model& model, const ModelCorpus* corpus,
                  const std::vector<QualityResult>& stored) {
    const std::size_t first = checks_.size();
    for (const auto& backend : study_.backends) {
      if (!loads_a_model(backend) || !inputs_.reason_not_to_run(pair_of(model, backend)).empty()) {
        continue;
      }
      QualityCheck check;
      check.model = &model;
      check.backend = &backend;
      check.corpus = corpus;
      check.is_reference = is_reference(backend);
      check.result = new_result(model, backend, corpus);
      const auto known = std::find_if(stored.begin(), stored.end(), [&](const QualityResult& one) {
        return one.model == model.name && one.backend == backend.info.name &&
               one.inputs == check.result.inputs;
      });
      check.judged = check.stored = known != stored.end();
      if (check.stored) {
        check.result = *known;
      }
      check.asks = !check.judged;
      check.wants_perplexity = corpus != nullptr;
      checks_.push_back(std::move(check));
    }
    ask_reference_too(first);
  }

  /// The others need the reference's logits, which no earlier run kept; its perplexity serves.
  void ask_reference_too(std::size_t first) {
    const auto begin = checks_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto reference =
        std::find_if(begin, checks_.end(), [](const QualityCheck& one) { return one.is_reference; });
    if (reference == checks_.end() || !reference->judged) {
      return;
    }
    reference->asks = std::any_of(begin, checks_.end(), [](const QualityCheck& one) { return one.asks; });
    reference->wants_perplexity = reference->corpus != nullptr && !reference->result.figures.perplexity;
  }

  [[nodiscard]] bool is_reference(const StudyBackend& backend) const {
    return study_.reference && backend.info.name == study_.reference->info.name;
  }

  [[nodiscard]] Json loaded(const model::Model& model, const StudyBackend& backend) const {
    Json json = Json::object();
    json["artifact_sha256"] = inputs_.sha256_of(inputs_.files(pair_of(model, backend)).artifact);
    json["runtime_version"] = backend.runtime_version;
    json["logits"] = to_string(study_.plan.logits);
    const auto options = study_.plan.backend_options.find(backend.info.name);
    json["options"] = options == study_.plan.backend_options.end() ? Json::object() : options->second;
    return json;
  }

  [[nodiscard]] QualityResult new_result(const model::Model& model, const StudyBackend& backend,
                                         const ModelCorpus* corpus) const {
    QualityResult result;
    result.model = model.name;
    result.backend = backend.info.name;
    result.precision = backend.info.precision;
    result.reference = study_.reference ? study_.reference->info.name : "";
    result.inputs["version"] = kQualityVersion;
    result.inputs["backend"] = loaded(model, backend);
    result.inputs["reference"] = study_.reference ? loaded(model, *study_.reference) : Json(nullptr);
    if (corpus != nullptr) {
      result.inputs["corpus_sha256"] = corpus->file_sha256;
      result.inputs["corpus_tokens_sha256"] = corpus->tokens_sha256;
    }
    result.figures.wants_perplexity = corpus != nullptr;
    ask_for_exactness(result, backend, study_.exact, inputs_.files(pair_of(model, backend)));
    return result;
  }

  /// Nothing here is timed, so as many workers answer at a time as the plan lets load at a time.
  Result<void> ask_all() {
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      if (checks_[i].asks) {
        asked.push_back(i);
      }
    }
    std::optional<Error> failure;
    const auto on_gpu = [&](std::size_t check) { return checks_[check].backend->info.device == "cuda"; };
    const machine::GpuRoom gpu(ahead_ && std::any_of(asked.begin(), asked.end(), on_gpu));
    const auto ask_one = [&](std::size_t i) {
      if (on_gpu(asked[i]) && !gpu.has_room()) {
        return;
      }
      auto answer = ask(checks_[asked[i]], asked[i]);
      const std::scoped_lock lock(mutex_);
      if (settings_.cancelled()) {
        return;  // whatever was measured last may have been ended by us
      }
      checks_[asked[i]].answer = std::move(answer);
      if (const auto judged = judge_answered(); !judged && !failure) {
        failure = judged.error();
      }
    };
    side_by_side(
        asked.size(), static_cast<std::size_t>(study_.plan.parallel_loads),
        [&] { return !settings_.cancelled(); }, ask_one);
    return failure ? Result<void>(tl::unexpected(*failure)) : Result<void>();
  }

  [[nodiscard]] BackendQuality ask(const QualityCheck& check, std::size_t number) {
    const auto what = fmt::format("accuracy of {} on {}", check.backend->info.name, check.model->name);
    const auto show = [&](const std::string& text) {
      const std::scoped_lock lock(mutex_);
      if (progress_) {
        progress_->starting(text);
      }
    };
    show(what);
    BackendQualityOptions options;
    options.scratch = std::filesystem::absolute(folder_ / fmt::format(".parity-logits-{}", number));
    options.progress = [&](std::size_t done, std::size_t batches) {
      show(fmt::format("{}: {} of {} batches", what, done, batches));
    };
    if (!check.is_reference) {
      options.corpus = check.wants_perplexity ? check.corpus : nullptr;
      BackendQuality quality = measure(check, options);
      if (check.result.figures.wants_exactness) {
        const auto folder = std::filesystem::absolute(folder_ / fmt::format(".exact-int8-{}", number));
        add_exactness(*check.model, *check.backend, *study_.exact,
                      inputs_.files(pair_of(*check.model, *check.backend)), settings_, folder, quality);
      }
      return quality;
    }
    BackendQuality quality = measure(check, options);
    if (check.wants_perplexity) {
      if (auto kept = perplexity_of_reference(check, options.progress, false)) {
        quality.perplexity = kept->run;
      } else {
        quality.perplexity_error = kept.error().message;
      }
    }
    return quality;
  }

  [[nodiscard]] BackendQuality measure(const QualityCheck& check,
                                       const BackendQualityOptions& options) const {
    return measure_backend_quality(*check.model, *check.backend,
                                   inputs_.files(pair_of(*check.model, *check.backend)), settings_, options);
  }

  /// `background`: engines are being built.
  Result<KeptPerplexity> perplexity_of_reference(
      const QualityCheck& check, const std::function<void(std::size_t, std::size_t)>& progress,
      bool background) {
    BackendQualityOptions options;
    options.wants_logits = false;
    options.background = background;
    options.corpus = check.corpus;
    options.progress = progress;
    const auto measured = [&]() -> Result<PerplexityRun> {
      if (background) {
        log_info("perplexity of {} on {}, while nothing is timed", check.model->name,
                 check.backend->info.name);
      }
      const BackendQuality quality = measure(check, options);
      return quality.perplexity ? Result<PerplexityRun>(*quality.perplexity)
                                : fail("{}", quality.perplexity_error);
    };
    TRY_ASSIGN(KeptPerplexity kept, reference_perplexity(store_, *check.model, check.backend->info.name,
                                                         check.result.inputs, measured));
    const std::scoped_lock lock(mutex_);
    kept_.push_back(kept.artifact);
    return kept;
  }

  /// What the store still keeps of references that an earlier run judged.
  void find_kept() {
    for (const auto& check : checks_) {
      if (!check.is_reference || !check.stored || !check.result.figures.perplexity) {
        continue;
      }
      if (auto kept = find_reference_perplexity(store_, *check.model, check.backend->info.name,
                                                check.result.inputs)) {
        kept_.push_back(std::move(*kept));
      }
    }
  }

  /// Judges what can be judged now, and keeps it. `mutex_` is held, or nobody else is there.
  Result<void> judge_answered() {
    bool more = false;
    for (auto& check : checks_) {
      const QualityCheck* reference = reference_of(check);
      const bool judges = check.answer && (reference == nullptr || reference->answer);
      if (check.reported || (!check.judged && !judges)) {
        continue;
      }
      if (!check.judged) {
        judge(check, reference);
      }
      check.reported = true;
      if (!check.is_reference) {
        check.answer.reset();  // its logits are large, and nothing is compared with them any more
      }
      more = true;
      tell(check.result);
    }
    return more ? write_quality(folder_, results()) : Result<void>();
  }

  [[nodiscard]] std::vector<QualityResult> results() const {
    std::vector<QualityResult> judged = others_;
    for (const auto& check : checks_) {
      // What failed beside builds may have failed because of them: the run after this one asks again.
      const bool lasts = !ahead_ || check.stored || check.result.verdict.gate == Gate::passed;
      if (check.judged && lasts) {
        judged.push_back(check.result);
      }
    }
    return judged;
  }

  [[nodiscard]] const QualityCheck* reference_of(const QualityCheck& check) const {
    const auto found = std::find_if(checks_.begin(), checks_.end(), [&](const QualityCheck& one) {
      return one.is_reference && one.model == check.model;
    });
    return found == checks_.end() ? nullptr : &*found;
  }

  void tell(const QualityResult& result) {
    if (!progress_) {
      return;
    }
    progress_->finished_one();
    if (result.verdict.gate != Gate::passed) {
      progress_->note(fmt::format("{} {}: gate {}: {}", result.model, result.backend,
                                  result.verdict.gate == Gate::failed ? "failed" : "not checked",
                                  result.verdict.reason));
    }
  }

  const PreparedStudy& study_;
  const StudyInputs& inputs_;
  ArtifactStore& store_;
  std::filesystem::path folder_;
  RepetitionSettings settings_;
  bool ahead_;
  std::mutex mutex_;  ///< guards all below while workers answer
  std::optional<Progress> progress_;
  std::vector<Artifact> kept_;
  std::vector<QualityCheck> checks_;  ///< of each model the reference first
  /// Stored, of pairs that are not checked now: only the run after this one checks them, or their backend
  /// cannot run here any more. What was found of their rows still holds.
  std::vector<QualityResult> others_;
};

Result<StudyQuality> measure_quality(const PreparedStudy& study, const RunOptions& options,
                                     const std::filesystem::path& folder, ArtifactStore& store, bool ahead) {
  StudyQuality quality;
  if (pairs_of(study).empty()) {
    return quality;
  }
  const PreparedStudy whole = with_reference(study);
  StudyInputs inputs(whole, pairs_of(whole), options, store);
  TRY(inputs.wait());
  if (options.cancelled()) {
    return quality;
  }
  QualityRun run(whole, options, folder, inputs, store, ahead);
  TRY_ASSIGN(quality.results, run.run());
  quality.artifacts = inputs.artifacts();
  quality.artifacts.insert(quality.artifacts.end(), run.kept().begin(), run.kept().end());
  return quality;
}

/// The references' perplexities, into the store, on half of the CPUs and at the lowest priority.
void measure_references(const PreparedStudy& study, const RunOptions& options,
                        const std::filesystem::path& folder, ArtifactStore& store) {
  if (study.corpora.empty() || !study.reference || pairs_of(study).empty()) {
    return;
  }
  PreparedStudy alone = with_reference(study);
  alone.backends = {*study.reference};
  alone.cpus.resize(std::max<std::size_t>(1, alone.cpus.size() / 2));  // the other half builds engines
  const auto measured = [&]() -> Result<void> {
    StudyInputs inputs(alone, pairs_of(alone), options, store);
    TRY(inputs.wait());
    return QualityRun(alone, options, folder, inputs, store, true).run_references();
  }();
  if (!measured && !options.cancelled()) {
    log_info("note: no perplexity of the reference yet: {}", measured.error().message);
  }
}

}  // namespace

Result<StudyQuality> measure_study_quality(const PreparedStudy& study, const RunOptions& options,
                                           const std::filesystem::path& folder, ArtifactStore& store) {
  return measure_quality(study, options, folder, store, false);
}

void measure_quality_ahead(const PreparedStudy& study, const RunOptions& options,
                           const std::filesystem::path& folder, ArtifactStore& store) {
  measure_references(study, options, folder, store);
  if (const auto early = without_calibrated(study)) {
    static_cast<void>(measure_quality(*early, options, folder, store, true));
  }
}

std::size_t count_gates(const std::vector<QualityResult>& results, Gate gate) {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const QualityResult& one) { return one.verdict.gate == gate; }));
}

}  // namespace inferscale::study
