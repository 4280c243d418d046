#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tensorrt {

/// A backend of this worker: the graph that its engines are built from, and what the builder may compute in.
struct EngineKind {
  std::string_view name;
  std::string_view precision;
  std::string_view graph;  ///< precision of the graph
  bool tf32 = false;       ///< matrix products of fp32 tensors may use TF32
  bool half = false;       ///< fp16 where that is faster, and for the logits
  bool bfloat = false;     ///< bf16 where that is faster, and for the logits
  bool int8 = false;       ///< the graph has Q/DQ nodes

  /// Without one of these an engine computes in the types of its graph alone.
  [[nodiscard]] bool chooses_types() const { return half || bfloat || int8; }
};

inline constexpr std::array<EngineKind, 5> kEngineKinds{{
    {"tensorrt-fp32", "fp32", "fp32"},
    {"tensorrt-tf32", "tf32", "fp32", true},
    {"tensorrt-fp16", "fp16", "fp16", false, true},
    {"tensorrt-bf16", "bf16", "fp32", false, false, true},
    {"tensorrt-int8", "int8", "int8", false, true, false, true},
}};

/// Outcome::unsupported for another name.
inline Result<EngineKind> engine_kind(std::string_view backend) {
  for (const EngineKind& kind : kEngineKinds) {
    if (kind.name == backend) {
      return kind;
    }
  }
  return fail_as(Outcome::unsupported, "TensorRT has no backend '{}' here", backend);
}

}  // namespace inferscale::tensorrt
