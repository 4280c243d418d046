#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "model/weights.hpp"

namespace inferscale::graph {

/// 4 bits a weight, as ONNX Runtime's MatMulNBits stores them: each output's inputs in blocks of kInt4Block,
/// the last one filled up with zeros. W is about (value - zero point) x scale of its block.
struct BlockQuantizedWeight {
  std::vector<std::uint8_t>
      values;                 ///< [outputs, blocks, kInt4Block / 2]: the earlier weight in the low bits
  std::vector<float> scales;  ///< [outputs, blocks]
  std::vector<std::uint8_t> zero_points;  ///< [outputs, (blocks + 1) / 2]: the earlier block in the low bits
};

/// Asymmetric: a block's zero point is the integer that centres its weights in 0 to 15. Of several scales
/// around (largest - least) / 15 it gets the one whose integers fit best, by least squares. A weight that is
/// 0 stays 0. A NaN or infinite weight is an error that names the tensor and the element; `first` is the
/// place in the tensor of the first of `weights`.
Result<BlockQuantizedWeight> quantize_blocks(const model::Tensor& spec, std::span<const float> weights,
                                             std::uint64_t first = 0);

}  // namespace inferscale::graph
