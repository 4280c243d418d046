#pragma once

#include <array>
#include <string>

#include "onnx/quantized_linear.hpp"

namespace inferscale::onnx_graph {

/// A matrix of 4 bits as MatMulNBits takes it.
struct Int4Matrix {
  std::string values, scales, zero_points;  ///< in the graph
  std::int64_t outputs = 0, inputs = 0;
};

/// Adds the declarations of a weight's parts.
Int4Matrix int4_matrix(GraphBuilder& build, const LinearWeight& weight);
/// Three matrices of the same inputs with their outputs side by side. A runtime joins constants when it loads
/// them.
Int4Matrix joined(GraphBuilder& build, const std::string& label, const std::array<Int4Matrix, 3>& matrices);

/// y = x W + b with weights of 4 bits, `bias` fp32 and possibly none; x and y are fp32. One MatMulNBits
/// (ONNX Runtime's list of contrib operators), which ONNX Runtime runs as one kernel, and OpenVINO reads as a
/// FullyConnected whose weights stay in 4 bits.
std::string int4_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                        const Int4Matrix& matrix, const std::string& bias);

}  // namespace inferscale::onnx_graph
