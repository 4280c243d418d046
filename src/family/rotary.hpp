#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "model/spec.hpp"
#include "model/tensor.hpp"

namespace inferscale::family {

// Llama and what came of it differ in a few fields of config.json; the rest is here.

/// Norms by root mean square, rotary positions, a gated MLP with silu, no biases; layers and widths are open.
model::DecoderSpec plain_rotary(const model::Family& family);

/// The fields that all of them have: shape, norm, activation, tying, rotary positions. Settings that change
/// what is computed and that none of them has are errors, led by `place`, that name the field.
Result<void> read_rotary_config(const Json& config, model::DecoderSpec& spec, const std::string& place);

/// What these files call the fields that model::validate() may refuse.
model::SpecNames rotary_names(const Json& config);

/// An error that says that the field is missing. null is a value here.
Result<void> require_field(const Json& config, const char* name, const std::string& place);

/// V = vocabulary, d = hidden, h = head size, H = heads, K = heads of keys and values. Projections have
/// Linear's layout, [out, in]: y = x W^T (+ b where the spec says so).
///   embed_tokens.weight [V, d]
///   layers.N.input_layernorm.weight [d]
///   layers.N.self_attn.q_proj [H h, d], k_proj and v_proj [K h, d], o_proj [d, H h]
///   layers.N.self_attn.q_norm.weight, k_norm.weight [h] (where qk_norm)
///   layers.N.post_attention_layernorm.weight [d]
///   layers.N.mlp.gate_proj, up_proj [inner, d], down_proj [d, inner]
///   norm.weight [d]   lm_head.weight [V, d] (where it is not tied)
std::vector<model::Tensor> rotary_tensors(const model::DecoderSpec& spec);

/// layers.N.self_attn.rotary_emb.inv_freq: the frequencies in old checkpoints.
bool is_rotary_buffer(std::string_view name, const model::DecoderSpec& spec);

/// A rung of a ladder. `kv_heads` as heads where they are equal.
struct RotaryShape {
  const char* name;
  int layers, hidden, heads, kv_heads, inner, vocabulary, positions;
};
model::DecoderSpec rotary_rung(const model::DecoderSpec& plain, const RotaryShape& shape);

}  // namespace inferscale::family
