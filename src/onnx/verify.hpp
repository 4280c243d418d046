#pragma once

#include <onnx/onnx_pb.h>

#include "core/error.hpp"

namespace inferscale::onnx_graph {

/// onnx's checker and strict shape inference, on a graph whose weights have no bytes yet: they take part as
/// inputs, which checks every node, and every shape that onnx's operators infer, without a copy of the
/// weights. (Gemm's inner dimension is not among them; runtimes check it.)
Result<void> verify_graph(const onnx::ModelProto& model);

}  // namespace inferscale::onnx_graph
