#pragma once

#include "analysis/analysis.hpp"
#include "analysis/prices.hpp"
#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// Writes under processed/ what follows from the analysis together with the rest of the folder,
/// roofline.json, precision.json, cost.json and, of a study with a KV cache, decode.json, and the analysis's
/// lists as tables: outcomes.csv, crossover.csv, scaling.csv, decision.csv, roofline.csv, precision.csv,
/// cost.csv, output_length.csv, step_growth.csv. docs/reference/results.md has the columns.
Result<void> write_derived(const StudyResults& results, const Analysis& analysis, const Prices& prices = {});

}  // namespace inferscale::analysis
