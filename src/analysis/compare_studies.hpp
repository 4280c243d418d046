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
  /// The slowdown that would have been called worse in 8 of 10 such studies (0.05: 1.05 times as long).
  std::optional<double> smallest_change;
  std::string note;  ///< what else there is to say: degraded repetitions, too few of them
};

/// All cells of a backend and mode that have an interval, as one ratio: shows what is small and everywhere.
/// For information where the studies ran one after the other: its interval holds the spread inside each study
/// only, and as it averages many cells, it is so narrow that the load of a machine on two days is
/// significant. Cells, whose spread is wide beside that, decide. Variants that were interleaved in one study
/// share that load, so there totals decide too.
struct TotalChange {
  std::string backend;
  protocol::Mode mode = protocol::kDefaultMode;
  int cells = 0;
  const record::Metric* metric = &record::kThroughput;
  RatioTest test;  ///< above 1: NEW is better, geometric mean over the cells
  ChangeVerdict verdict = ChangeVerdict::undecided;
  std::optional<double> smallest_change;  ///< as a cell's
};

/// A cell that cannot be compared because one study lacks it.
struct UnmatchedCell {
  std::string model, backend, scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string reason;    ///< "only in BASE", "unsupported in NEW", ...
  bool missing = false;  ///< it had an ok repetition in BASE, and is gone: worse, unless that is allowed
};

/// What a slowdown must reach to be looked for, where nothing else is said: of each cell of two studies, and
/// of each backend over its cells where variants were interleaved.
constexpr double kDetect = 0.10;
constexpr double kDetectInterleaved = 0.05;

struct CompareOptions {
  double threshold = 0.02;  ///< ratios within [1 / (1 + threshold), 1 + threshold] are no change; 0 to 1
  const record::Metric* metric = nullptr;  ///< nullptr: NEW's plan's, else each mode's own
  std::optional<double> detect = {};       ///< the slowdown that must have been visible for "no regression"
  bool allow_missing = false;              ///< cells that vanished are no regression
  bool interleaved = false;                ///< repetitions of one number were measured side by side
};

/// What becomes of the exit code.
enum class CompareAnswer {
  no_regression,  ///< and each cell would have shown a slowdown of `detect`
  regression,     ///< a cell is worse or vanished
  inconclusive,   ///< neither: a slowdown of `detect` may have been missed
  not_comparable,
};
std::string_view to_string(CompareAnswer answer);

struct StudyComparison {
  double threshold = 0.02, detect = kDetect;
  bool allow_missing = false, interleaved = false;
  bool comparable = true;
  std::vector<EnvironmentDifference> differences;
  std::vector<CellChange> cells;  ///< in BASE's order
  std::vector<TotalChange> totals;
  std::vector<UnmatchedCell> unmatched;
  [[nodiscard]] CompareAnswer answer() const;
  [[nodiscard]] bool regressed() const;
  /// Totals are held against `detect`, and make the answer, as cells do.
  [[nodiscard]] bool totals_decide() const;
  /// The slowdown that every undecided cell (or total, where those decide) would have shown; none where
  /// nothing is undecided, or one shows none however large.
  [[nodiscard]] std::optional<double> smallest_change() const;
  [[nodiscard]] int missing() const;                     ///< cells that vanished
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
