#pragma once

#include <onnx/defs/shape_inference.h>

#include <cstdint>

namespace inferscale::onnx_graph {

/// A node's attribute, while its shapes are inferred; 0 when it is not set.
inline std::int64_t integer_attribute(const onnx::InferenceContext& context, const char* name) {
  const onnx::AttributeProto* attribute = context.getAttribute(name);
  return attribute == nullptr ? 0 : attribute->i();
}

}  // namespace inferscale::onnx_graph
