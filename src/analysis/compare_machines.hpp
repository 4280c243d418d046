#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// One machine's figure in a row of the comparison. A machine that did not measure it has n = 0 and mean 0.
struct MachineValue {
  std::string machine;                                  ///< StudyResults::name
  std::string backend;                                  ///< the row's; in `fastest`, the machine's own
  const record::Metric* metric = &record::kThroughput;  ///< the row's
  Estimate value;                                       ///< of the metric
  /// How many times as good as the first machine's; Holm over the list that the row is in. Absent for the
  /// first machine, where one of the two has no value, and where their plans ask for other work.
  std::optional<RatioTest> ratio;
};

/// The same cell on several machines; without a scenario, the overall mean over the plan's scenarios.
struct MachineRow {
  protocol::Mode mode = protocol::kDefaultMode;
  const record::Metric* metric = &record::kThroughput;
  std::string model;
  std::int64_t parameters = 0;
  std::string backend, scenario;       ///< empty where they are not the same for the whole row
  std::vector<MachineValue> machines;  ///< in the order given
};

struct MachineComparison {
  std::vector<std::string> machines;  ///< StudyResults::name
  /// By machine: why it has no ratios (it was asked for other work than the first); empty where it has.
  std::vector<std::string> no_ratio_because;
  /// The backend of the best overall mean of each machine, whichever it is; a size and mode on at least 2.
  std::vector<MachineRow> fastest;
  std::vector<MachineRow> overall;  ///< complete on at least 2 machines, over scenarios of the same shapes
  std::vector<MachineRow> cells;    ///< with an ok repetition on at least 2 machines
};

/// Machines side by side, in the order of the first that has a row. Nothing is pooled: each figure is of one
/// machine, a ratio of two. Rows match by mode, model and its size, backend and scenario and its shape.
/// A backend that failed its gate on a model, on either machine, has no row there.
MachineComparison compare_machines(std::span<const StudyResults> machines, const Ranking& ranking = {});

}  // namespace inferscale::analysis
