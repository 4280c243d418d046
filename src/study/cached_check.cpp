#include "study/cached_check.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "artifact/engine_profiles.hpp"
#include "protocol/capability.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::study {

using protocol::CacheShape;

namespace {

constexpr int kCachedVersion = 2;  // raised when the same inputs would give other figures

std::optional<protocol::Mode> cached_mode(const record::Plan& plan) {
  const auto found = std::find_if(plan.modes.begin(), plan.modes.end(), [](protocol::Mode mode) {
    return protocol::descriptor(mode).cached() && protocol::descriptor(mode).runs();
  });
  return found == plan.modes.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<CacheShape> checked_cache(const record::Plan& plan, const model::Model& model) {
  const int positions = model.config.positions;
  auto caches = artifact::plan_caches(
      {plan.scenarios, plan.modes, plan.new_tokens, positions, model.config.vocabulary});
  for (CacheShape& cache : caches) {
    cache.capacity = std::min({cache.capacity, positions, cache.prompt + artifact::kMostCheckedSteps});
  }
  std::erase_if(caches, [](const CacheShape& cache) { return cache.capacity <= cache.prompt; });
  const auto best = std::min_element(caches.begin(), caches.end(), [](const auto& a, const auto& b) {
    const auto effort = [](const CacheShape& cache) {
      return std::tuple(cache.batch > artifact::kLargestScoringBatch, cache.prompt, -cache.batch,
                        -cache.capacity);
    };
    return effort(a) < effort(b);
  });
  return best == caches.end() ? std::nullopt : std::optional(*best);
}

void ask_for_cached(record::QualityResult& result, const PreparedStudy& study, const model::Model& model,
                    const StudyInputs& inputs) {
  const auto mode = cached_mode(study.plan);
  const auto cache = checked_cache(study.plan, model);
  const ModelBackend pair{result.model, result.backend};
  if (!mode || !cache || known_outcome(inputs.backend(pair), inputs.files(pair, *mode)) != nullptr) {
    return;
  }
  result.figures.wants_cached = true;
  result.inputs["cached"] = {{"version", kCachedVersion},
                             {"artifact_sha256", inputs.sha256_of(inputs.files(pair, *mode).artifact)},
                             {"cache", {cache->batch, cache->prompt, cache->capacity}}};
}

CachedCheck::CachedCheck(const QualityCheck& check, const StudyInputs& inputs, const PreparedStudy& study,
                         const RepetitionSettings& settings, std::filesystem::path scratch)
    : check_(check),
      inputs_(inputs),
      study_(study),
      settings_(settings),
      scratch_(std::move(scratch)),
      cache_(*checked_cache(study.plan, *check.model)) {
  if (check.corpus != nullptr && is_judged()) {
    windows_ = quality::cached_windows(check.corpus->sequences, cache_);
  }
}

void CachedCheck::ask_cached() {
  if (const auto asked = try_cached(); !asked) {
    found_.cached_error = words_of(asked.error());
  }
}

Result<void> CachedCheck::try_cached() {
  RepetitionSettings settings = settings_;
  settings.logits = protocol::LogitsScope::last;
  const Inputs& files = inputs_.files(check_.pair(), *cached_mode(study_.plan));
  protocol::LoadRequest load = make_load_request(*check_.model, *check_.backend, files, settings);
  load.caches = {cache_};
  protocol::HelloReply hello;
  TRY_ASSIGN(client::WorkerSession worker, loaded_worker(*check_.backend, load, settings, false, hello));
  found_.scores_no_steps = !can(hello, protocol::kStepScores);
  if (!found_.scores_no_steps) {
    const double request_s = study_.plan.timeout_s;
    TRY_ASSIGN(found_.greedy, quality::greedy_through_cache(worker, load.vocabulary, cache_, request_s));
    const auto start = Clock::now();
    TRY_ASSIGN(scores_, quality::score_through_cache(worker, windows_, cache_, request_s));
    seconds_ = seconds_since(start);
  }
  end_worker(worker);
  return {};
}

void CachedCheck::ask_uncached(client::WorkerSession& worker, const protocol::LoadRequest& loaded) {
  if (!found_.greedy || !found_.cached_error.empty() || !is_judged()) {
    return;
  }
  if (const auto asked = try_uncached(worker, loaded); !asked) {
    found_.cached_error = words_of(asked.error());
  }
}

Result<void> CachedCheck::try_uncached(client::WorkerSession& worker, const protocol::LoadRequest& loaded) {
  const double request_s = study_.plan.timeout_s;
  TRY_ASSIGN(const quality::UncachedChoices choices,
             quality::choices_without_cache(worker, loaded, *found_.greedy, scratch_, request_s));
  found_.greedy_uncached = quality::compare_uncached(*found_.greedy, choices);
  if (windows_.empty()) {
    return {};
  }
  TRY_ASSIGN(const auto uncached, quality::score_without_cache(worker, windows_, cache_, request_s));
  TRY_ASSIGN(found_.cached_perplexity, quality::compare_scores(scores_, uncached));
  found_.cached_perplexity->seconds = seconds_;
  return {};
}

void CachedCheck::add_to(BackendQuality& answer) const {
  answer.scores_no_steps = found_.scores_no_steps;
  answer.greedy = found_.greedy;
  answer.greedy_uncached = found_.greedy_uncached;
  answer.cached_perplexity = found_.cached_perplexity;
  answer.cached_error = found_.cached_error;
}

}  // namespace inferscale::study
