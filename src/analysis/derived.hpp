#pragma once

#include "analysis/analysis.hpp"
#include "analysis/study_results.hpp"

namespace inferscale {

/// Writes under processed/ what follows from the analysis together with the rest of the folder, roofline.json
/// and precision.json, and the analysis's lists as tables: outcomes.csv, crossover.csv, scaling.csv,
/// decision.csv, roofline.csv, precision.csv. docs/results.md has the columns.
Result<void> write_derived(const StudyResults& results, const Analysis& analysis);

}  // namespace inferscale
