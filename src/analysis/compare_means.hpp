#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/comparison.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {

/// Numbers of cells, by model.
using CellsByModel = std::map<std::string, std::vector<std::size_t>>;

/// One side of a comparison. Shared workers: the cells of a model and a round come from one process.
struct MeasuredSide {
  const StudyIndex& index;
  bool shares_workers = false;
};

/// False where workers are shared and no round is ok in all of a model's cells.
bool has_a_mean(const MeasuredSide& side, const std::vector<std::size_t>& cells);

/// The geometric mean of cells: each counts once, and those that share processes err together.
LogMean mean_of_cells(const MeasuredSide& side, const CellsByModel& models);

/// The same of the ratios second / first of repetitions of one number, which were measured side by side: what
/// drifts between them is in no ratio. Cells are in the same order on both sides. Those with fewer than 2
/// such pairs are left out; n is 0 where none is left.
LogMean mean_of_ratios(const MeasuredSide& first, const CellsByModel& first_models,
                       const MeasuredSide& second, const CellsByModel& second_models);

}  // namespace inferscale::analysis
