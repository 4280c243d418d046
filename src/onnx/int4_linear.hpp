#pragma once

#include <string>

#include "onnx/quantized_linear.hpp"

namespace inferscale::onnx_graph {

/// y = x W + b with weights of 4 bits, `bias` fp32 and possibly none; x and y are fp32. One MatMulNBits
/// (ONNX Runtime's list of contrib operators), which ONNX Runtime runs as one kernel, and OpenVINO reads as a
/// FullyConnected whose weights stay in 4 bits. Adds the weight's declaration.
std::string int4_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                        const LinearWeight& weight, const std::string& bias);

}  // namespace inferscale::onnx_graph
