#pragma once

#include <onnx/defs/schema.h>

namespace inferscale::onnx_graph {

/// What the checker and shape inference must know of the operators of fused_operators.hpp, as they are used
/// there.
onnx::OpSchema grouped_attention_schema();
onnx::OpSchema skip_rms_norm_schema();

}  // namespace inferscale::onnx_graph
