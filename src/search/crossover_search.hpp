#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "family/resolve.hpp"
#include "record/plan.hpp"
#include "search/search_steps.hpp"

namespace inferscale::search {

/// A study of a plan, run to its end or interrupted.
struct MeasuredStudy {
  std::filesystem::path folder;      ///< results/<label>
  std::vector<model::Model> models;  ///< the plan's
  bool interrupted = false;
};
/// Runs a study of the plan, or takes it up again.
using MeasureStudy = std::function<Result<MeasuredStudy>(const record::Plan& plan)>;

struct SearchRun {
  CrossoverSearch search;
  std::filesystem::path folder;  ///< of the study
};

/// Measures the plan's two models (the ends of the range) with its two backends, then one size after the
/// other, each chosen by decide_next(), until there is an answer or the budget is used. It is a study whose
/// plan grows: the same call goes on where an earlier one stopped, with the sizes that its plan.json has.
/// Writes processed/crossover_search.json after every size; the search is over the plan's first mode.
///
/// Errors are those of `measure`, and usage errors for a plan without two models of
/// different sizes and one vocabulary, or without two backends.
Result<SearchRun> search_crossover(record::Plan plan, const SearchSettings& settings,
                                   const std::filesystem::path& results_root, const MeasureStudy& measure);

}  // namespace inferscale::search
