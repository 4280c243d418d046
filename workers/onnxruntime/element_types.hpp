#pragma once

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// Types that logits may have.
inline constexpr std::array<std::pair<measure::ElementType, ONNXTensorElementDataType>, 3> kElementTypes{
    {{measure::ElementType::f32, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT},
     {measure::ElementType::f16, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16},
     {measure::ElementType::bf16, ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16}}};

inline ONNXTensorElementDataType onnx_type(measure::ElementType element) {
  return std::find_if(kElementTypes.begin(), kElementTypes.end(),
                      [&](const auto& one) { return one.first == element; })
      ->second;
}

/// None: logits may not have it.
inline std::optional<measure::ElementType> element_type(ONNXTensorElementDataType type) {
  const auto* const found = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                         [&](const auto& one) { return one.second == type; });
  return found == kElementTypes.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace inferscale::onnxruntime
