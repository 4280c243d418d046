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

/// 4 bits a weight, as ONNX Runtime's MatMulNBits stores them: each output's inputs in blocks of kInt4Block,
/// the last one filled up with zeros. W is about (value - 8) x scale of its block.
struct BlockQuantizedWeight {
  std::vector<std::uint8_t>
      values;                 ///< [outputs, blocks, kInt4Block / 2]: the earlier weight in the low bits
  std::vector<float> scales;  ///< [outputs, blocks]
};

/// Symmetric: a block's scale is its weight of the largest magnitude / -8, so that this one becomes 0 and is
/// exact, and all others lie in 0 to 15; those that would become 16 are clipped to 15. Rounded to the
/// nearest, ties to even. Errors as above.
Result<BlockQuantizedWeight> quantize_blocks(const model::Tensor& spec, std::span<const float> weights,
                                             std::uint64_t first = 0);

}  // namespace inferscale::graph
