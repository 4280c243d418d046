#include "study/check_answer.hpp"

#include "core/log.hpp"
#include "study/cached_check.hpp"
#include "study/exact_int8.hpp"

namespace inferscale::study {
namespace {

constexpr int kQualityVersion = 1;  // raised when the same inputs would give other figures

Json loaded(const model::Model& model, const StudyBackend& backend, const CheckContext& context) {
  const record::Plan& plan = context.study->plan;
  Json json = Json::object();
  const auto& artifact = context.inputs->files(ModelBackend{model.name, backend.name()}).artifact;
  json["artifact_sha256"] = context.inputs->sha256_of(artifact);
  json["runtime_version"] = backend.runtime_version;
  json["logits"] = to_string(context.settings.logits.value_or(plan.logits));
  json["options"] = options_of(plan, backend.name());
  return json;
}

BackendQuality measure(const QualityCheck& check, const CheckContext& context,
                       const BackendQualityOptions& options) {
  return measure_backend_quality(*check.model, *check.backend, context.inputs->files(check.pair()),
                                 context.settings, options);
}

/// The same, and what comes through the KV cache where that is wanted: one worker after the other.
BackendQuality measure_both(const QualityCheck& check, const CheckContext& context,
                            BackendQualityOptions options) {
  if (!check.result.figures.wants_cached) {
    return measure(check, context, options);
  }
  CachedCheck cached(check, *context.inputs, *context.study, context.settings, options.scratch);
  cached.ask_cached();
  options.also = [&](client::WorkerSession& worker, const protocol::LoadRequest& loaded) {
    cached.ask_uncached(worker, loaded);
  };
  BackendQuality quality = measure(check, context, options);
  cached.add_to(quality);
  return quality;
}

/// From the store; else a worker of its own measures it.
Result<KeptPerplexity> perplexity_of_reference(const QualityCheck& check, const CheckContext& context,
                                               BackendQualityOptions options) {
  options.wants_logits = false;
  options.corpus = check.corpus;
  const auto measured = [&]() -> Result<record::PerplexityRun> {
    if (options.background) {
      log_info("perplexity of {} on {}, while nothing is timed", check.model->name, check.backend->name());
    }
    const BackendQuality quality = measure(check, context, options);
    return quality.perplexity ? Result<record::PerplexityRun>(*quality.perplexity)
                              : fail("{}", quality.perplexity_error);
  };
  return reference_perplexity(*context.store, *check.model, check.backend->name(), check.result.inputs,
                              measured);
}

/// Logits from one worker, and the perplexity that the store may have already.
CheckAnswer ask_reference(const QualityCheck& check, const CheckContext& context,
                          const BackendQualityOptions& options) {
  CheckAnswer answer;
  answer.quality = measure_both(check, context, options);
  if (!check.asks_perplexity()) {
    return answer;
  }
  if (auto kept = perplexity_of_reference(check, context, options)) {
    answer.quality.perplexity = kept->run;
    answer.perplexity_file = std::move(kept->artifact);
  } else {
    answer.quality.perplexity_error = kept.error().message;
  }
  return answer;
}

}  // namespace

record::QualityResult unjudged_result(const QualityCheck& check, const CheckContext& context) {
  const PreparedStudy& study = *context.study;
  record::QualityResult result = check.result;
  result.inputs["version"] = kQualityVersion;
  result.inputs["backend"] = loaded(*check.model, *check.backend, context);
  result.inputs["reference"] =
      study.reference ? loaded(*check.model, *study.reference, context) : Json(nullptr);
  if (check.corpus != nullptr) {
    result.inputs["corpus_sha256"] = check.corpus->file_sha256;
    result.inputs["corpus_tokens_sha256"] = check.corpus->tokens_sha256;
  }
  result.figures.wants_perplexity = check.corpus != nullptr;
  ask_for_exactness(result, *check.backend, study.exact, context.inputs->files(check.pair()));
  ask_for_cached(result, study, *check.model, *context.inputs);
  return result;
}

CheckAnswer ask_worker(const QualityCheck& check, std::size_t number, const CheckContext& context,
                       const ShowText& show) {
  const auto what = fmt::format("accuracy of {} on {}", check.backend->name(), check.model->name);
  show(what);
  BackendQualityOptions options;
  options.scratch = std::filesystem::absolute(context.folder / fmt::format(".parity-logits-{}", number));
  options.progress = [&](std::size_t done, std::size_t batches) {
    show(fmt::format("{}: {} of {} batches", what, done, batches));
  };
  if (check.is_reference()) {
    return ask_reference(check, context, options);
  }
  options.corpus = check.corpus;
  CheckAnswer answer;
  answer.quality = measure_both(check, context, options);
  if (check.result.figures.wants_exactness) {
    const auto folder = std::filesystem::absolute(context.folder / fmt::format(".exact-int8-{}", number));
    add_exactness(*check.model, *check.backend, *context.study->exact, context.inputs->files(check.pair()),
                  context.settings, folder, answer.quality);
  }
  return answer;
}

Result<KeptPerplexity> reference_in_background(const QualityCheck& check, const CheckContext& context) {
  BackendQualityOptions options;
  options.background = true;
  return perplexity_of_reference(check, context, options);
}

}  // namespace inferscale::study
