#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx/graph_builder.hpp"
#include "onnx/quantization.hpp"

namespace inferscale::onnx_graph {

/// A weight as the model has it.
struct LinearWeight {
  std::string name;
  std::vector<std::int64_t> shape;  ///< [in, out], or [out, in] where output_axis is 0
  int output_axis = 1;
};

/// y = x W + b at int8, `bias` fp32 and possibly none; the output is fp32. Adds the weight's declaration.
/// x has three dimensions where there is a bias: ONNX Runtime makes one Gemm of a MatMul of matrices and its
/// Add before it looks for what it can compute with integers, and computes that in fp32.
std::string quantized_linear(GraphBuilder& build, const Quantization& quantization, const std::string& label,
                             const std::string& x, const LinearWeight& weight, const std::string& bias);

}  // namespace inferscale::onnx_graph
