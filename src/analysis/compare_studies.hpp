#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/environment_diff.hpp"
#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// What became of a cell between two studies.
enum class ChangeVerdict {
  better,          ///< significantly faster (Holm-adjusted p < 0.05), and by more than the threshold
  worse,           ///< the same, slower; or it worked before and no repetition does now
  same,            ///< the 95% interval of the ratio lies within the threshold on both sides
  undecided,       ///< neither: more repetitions would tell
  not_comparable,  ///< the studies differ in what decides speeds (EnvironmentDifference::decides)
};
std::string_view to_string(ChangeVerdict verdict);

struct CellChange {
  std::string model;
  std::int64_t parameters = 0;
  std::string backend, scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  OutcomeCounts base_outcomes, new_outcomes;
  const record::Metric* metric = &record::kThroughput;
  double base_value = 0, new_value = 0;  ///< means; 0 where no repetition is ok
  RatioTest test;                        ///< above 1: NEW is better
  ChangeVerdict verdict = ChangeVerdict::undecided;
  std::string note;  ///< what else there is to say: degraded repetitions, too few of them
};

/// All cells of a backend and mode that have an interval, as one ratio: shows what is small and everywhere.
/// For information: its interval holds the spread inside each study only, and as it averages many cells, it
/// is so narrow that the load of a machine on two days is significant. Cells, whose spread is wide beside
/// that, decide.
struct TotalChange {
  std::string backend;
  protocol::Mode mode = protocol::kDefaultMode;
  int cells = 0;
  const record::Metric* metric = &record::kThroughput;
  RatioTest test;  ///< above 1: NEW is better, geometric mean over the cells
  ChangeVerdict verdict = ChangeVerdict::undecided;
};

/// A cell that cannot be compared because one study lacks it.
struct UnmatchedCell {
  std::string model, backend, scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string reason;  ///< "only in BASE", "unsupported in NEW", ...
};

struct CompareOptions {
  double threshold = 0.02;  ///< ratios within [1 / (1 + threshold), 1 + threshold] are no change; 0 to 1
  const record::Metric* metric = nullptr;  ///< nullptr: NEW's plan's, else each mode's own
};

struct StudyComparison {
  double threshold = 0.02;
  bool comparable = true;
  std::vector<EnvironmentDifference> differences;
  std::vector<CellChange> cells;  ///< in BASE's order
  std::vector<TotalChange> totals;
  std::vector<UnmatchedCell> unmatched;
  [[nodiscard]] bool regressed() const;                  ///< a cell is worse; totals do not count
  [[nodiscard]] int count(ChangeVerdict verdict) const;  ///< cells
};

/// Matches cells by model, backend, scenario and mode; those whose model has another size or whose scenario
/// has another shape do not match. Holm's adjustment is over all cells, so that two studies of
/// the same build under the same load show any cell better or worse in at most 5% of cases; over the totals
/// apart. Swapping the
/// studies swaps better and worse. The error, of usage, is a pair of studies without a cell in common.
Result<StudyComparison> compare_studies(const StudyResults& base, const StudyResults& now,
                                        const CompareOptions& options = {});

}  // namespace inferscale::analysis
