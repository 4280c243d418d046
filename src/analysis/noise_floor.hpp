#pragma once

#include <optional>
#include <span>

#include "record/row.hpp"

namespace inferscale::analysis {

/// How far repetitions of one and the same thing lie apart on a machine. Spreads are standard deviations of
/// logarithms: 0.02 is 2%.
struct NoiseFloor {
  int cells = 0;
  int repetitions = 0;  ///< that are ok, in all
  double spread = 0;    ///< of repetitions of a cell, pooled over the cells
  double widest = 0;    ///< of the noisiest cell
  double drift = 0;     ///< how much faster the second half of the study was than the first: 0.01 is 1%
};

/// Of ok rows: cells are a model, scenario and mode, whatever backend or variant. None where no cell has two.
std::optional<NoiseFloor> noise_floor(std::span<const record::Row> rows);

/// Two backends that are equally fast differ by less than this in 95 of 100 comparisons of one cell, with as
/// many repetitions each: 0.05 is 1.05 times.
double meaningless_difference(double spread, int repetitions);

}  // namespace inferscale::analysis
