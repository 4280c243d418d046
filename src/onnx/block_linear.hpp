#pragma once

#include <array>
#include <string>

#include "onnx/quantized_linear.hpp"

namespace inferscale::onnx_graph {

/// A matrix as MatMulNBits takes it: weights of 4 or 8 bits, a scale for each block of kBlock.
struct BlockMatrix {
  std::string values, scales;  ///< in the graph
  std::string zero_points;     ///< at 4 bits; at 8 empty, where the operator takes 128 for all
  std::int64_t outputs = 0, inputs = 0;
  int bits = kInt4Bits;
};

/// Adds the declarations of a weight's parts. `bits`: 4 or 8.
BlockMatrix block_matrix(GraphBuilder& build, const LinearWeight& weight, int bits);
/// Three matrices of the same inputs and bits with their outputs side by side. A runtime joins constants when
/// it loads them.
BlockMatrix joined(GraphBuilder& build, const std::string& label, const std::array<BlockMatrix, 3>& matrices);

/// y = x W + b, `bias` fp32 and possibly none; x and y are fp32. One MatMulNBits (ONNX Runtime's list of
/// contrib operators), which ONNX Runtime runs as one kernel, and OpenVINO, at 4 bits, reads as a
/// FullyConnected whose weights stay in 4 bits.
std::string block_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                         const BlockMatrix& matrix, const std::string& bias);

}  // namespace inferscale::onnx_graph
