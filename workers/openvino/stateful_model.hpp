#pragma once

#include <memory>
#include <openvino/core/model.hpp>

namespace inferscale::openvino {

/// True for a graph that takes and gives a KV cache (docs/reference/export.md).
bool takes_a_cache(const ov::Model& model);

/// Gives the cache to the runtime: inputs `past_key_values.N.*` and outputs `present.N.*` become states,
/// empty after a reset, and the input `beam_idx`, int32 [batch], says which sequence each one goes on with.
/// Attention becomes ScaledDotProductAttention, which the CPU plugin joins with such a state, so that a step
/// appends to the cache in place. The choice of the token goes: the worker makes it of the logits. It is what
/// OpenVINO's own tools make of a model (optimum-intel's stateful models). Throws ov::Exception for attention
/// in another order of nodes than src/graph/ writes.
void make_stateful(ov::Model& model);

inline constexpr const char* kBeamIndex = "beam_idx";

}  // namespace inferscale::openvino
