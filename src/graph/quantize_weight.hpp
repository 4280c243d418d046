#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "model/weights.hpp"

namespace inferscale::graph {

/// W[i, j] is about values[i, j] x scales[output], values in [-largest, largest].
struct QuantizedWeight {
  std::vector<std::int8_t> values;  ///< in the weight's own layout
  std::vector<float> scales;        ///< one an output; 1 for an output whose weights are all 0
};

/// Symmetric, one scale an element of `axis` (0 or 1) of a matrix: its largest magnitude / `largest` (at most
/// 127), so that no weight is clipped; rounded to the nearest, ties to even. A NaN or infinite weight is an
/// error that names the tensor and the element; `first` is the place in the tensor of the first of `weights`.
Result<QuantizedWeight> quantize_weight(const model::Tensor& spec, std::span<const float> weights, int axis,
                                        float largest, std::uint64_t first = 0);

/// The same error, alone.
Result<void> check_finite(const model::Tensor& spec, std::span<const float> weights, std::uint64_t first);

}  // namespace inferscale::graph
