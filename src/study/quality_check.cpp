#include "study/quality_check.hpp"

namespace inferscale::study {

namespace {

/// Of the KV cache. A worker that scores no steps is asked for nothing.
void add_cached_figures(const BackendQuality& mine, const QualityCheck* reference,
                        record::QualityFigures& figures) {
  figures.wants_cached = figures.wants_cached && !mine.scores_no_steps;
  if (!figures.wants_cached) {
    return;
  }
  figures.cached_perplexity = mine.cached_perplexity;
  figures.cached_error = mine.cached_error;
  figures.greedy_uncached = mine.greedy_uncached;
  const bool both = mine.greedy && reference != nullptr && reference->answer->greedy;
  if (both && &mine != &*reference->answer) {
    figures.greedy_reference = quality::compare_greedy(*mine.greedy, *reference->answer->greedy);
  }
}

}  // namespace

record::QualityResult judged_result(const QualityCheck& check, const QualityCheck* reference) {
  record::QualityResult result = check.result;
  record::QualityFigures& figures = result.figures;
  const BackendQuality& mine = *check.answer;
  figures.perplexity = mine.perplexity;
  figures.perplexity_error = mine.perplexity_error;
  figures.parity_error = mine.logits_error;
  figures.exactness = mine.exactness;
  figures.exactness_error = mine.exactness_error;
  add_cached_figures(mine, reference, figures);
  if (reference == nullptr) {
    result.verdict = mine.logits_error.empty() && mine.perplexity_error.empty()
                         ? record::GateVerdict{record::Gate::not_checked,
                                               "no fp32 backend that could be the reference runs here"}
                         : judge(figures, precision_of(check.backend->info));
    return result;
  }
  const auto& known =
      reference->answer->perplexity ? reference->answer->perplexity : reference->result.figures.perplexity;
  if (known) {
    figures.reference_perplexity = known->figures.perplexity;
  }
  if (mine.logits && !reference->answer->logits) {
    result.verdict = {record::Gate::not_checked,
                      fmt::format("the reference {} gave no result: {}", result.reference,
                                  reference->answer->logits_error)};
    return result;
  }
  if (mine.logits) {
    figures.parity = compare_logits(*reference->answer->logits, *mine.logits);
  }
  result.verdict = judge(figures, precision_of(check.backend->info));
  return result;
}

}  // namespace inferscale::study
