#pragma once

#include "search/search_steps.hpp"
#include "study/run.hpp"

namespace inferscale {

struct SearchRun {
  CrossoverSearch search;
  RunSummary summary;  ///< of the study as it is now
};

/// Measures the plan's two models (the ends of the range) with its two backends, then one size after the
/// other, each chosen by decide_next(), until there is an answer or the budget is used. It is a study whose
/// plan grows: the same call goes on where an earlier one stopped, with the sizes that its plan.json has.
/// Writes processed/crossover_search.json after every size; the search is over the plan's first mode.
///
/// Errors are those of prepare_study() and run_study(), and usage errors for a plan without two models of
/// different sizes and one vocabulary, or without two backends.
Result<SearchRun> search_crossover(Plan plan, const SearchSettings& settings, const Registry& registry,
                                   const RunOptions& options);

}  // namespace inferscale
