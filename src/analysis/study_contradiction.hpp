#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "record/row.hpp"
#include "record/study_run.hpp"

namespace inferscale::analysis {

// What of a folder's rows cannot be, by what the study wrote of itself: sentences. Only what no study can
// leave: a clock may be set back, a run that was killed is not listed, and older folders say less.

/// By environment.json.
std::vector<std::string> environment_contradictions(const record::Row& row, const Json& environment);

struct RowTotals {
  std::size_t rows = 0;
  double timed_s = 0;  ///< of ok rows' timed iterations, which run one row after another
};
/// By `runs` of manifest.json.
std::vector<std::string> run_contradictions(std::span<const record::StudyRun> runs, const RowTotals& totals);

}  // namespace inferscale::analysis
