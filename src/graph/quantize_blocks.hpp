#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "model/weights.hpp"

namespace inferscale::graph {

/// 4 or 8 bits a weight, as ONNX Runtime's MatMulNBits stores them: each output's inputs in blocks of kBlock,
/// the last one filled up with zeros. W is about (value - zero point) x scale of its block.
struct BlockQuantizedWeight {
  /// [outputs, blocks, kBlock x bits / 8]: at 4 bits the earlier of two weights in the low bits
  std::vector<std::uint8_t> values;
  std::vector<float> scales;  ///< [outputs, blocks]
  /// [outputs, (blocks + 1) / 2] at 4 bits: the earlier block in the low bits; none at 8, where it is 128
  std::vector<std::uint8_t> zero_points;
};

/// At 8 bits symmetric: the largest magnitude of a block becomes 127 away from 128, rounded to the nearest,
/// ties to even; the scale of a block of zeros, or of subnormal weights, is 1.
///
/// At 4 bits asymmetric: a block's zero point is the integer that centres its weights in 0 to 15. Of several
/// scales around (largest - least) / 15 it gets the one whose integers fit best, by least squares. A weight
/// that is 0 stays 0. At either, a NaN or infinite weight is an error that names the tensor and the element;
/// `first` is the place in the tensor of the first of `weights`.
Result<BlockQuantizedWeight> quantize_blocks(const model::Tensor& spec, std::span<const float> weights,
                                             int bits, std::uint64_t first = 0);

}  // namespace inferscale::graph
