#pragma once

#include <onnx/defs/shape_inference.h>

#include <cstddef>
#include <cstdint>

namespace inferscale::onnx_graph {

/// A node's attribute, while its shapes are inferred; 0 when it is not set.
inline std::int64_t integer_attribute(const onnx::InferenceContext& context, const char* name) {
  const onnx::AttributeProto* attribute = context.getAttribute(name);
  return attribute == nullptr ? 0 : attribute->i();
}

inline void set_output_shape(onnx::InferenceContext& context, std::size_t output,
                             const onnx::TensorShapeProto& shape) {
  *context.getOutputType(output)->mutable_tensor_type()->mutable_shape() = shape;
}

}  // namespace inferscale::onnx_graph
