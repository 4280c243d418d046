#include "family/rotary.hpp"

#include <array>

#include "family/config_fields.hpp"
#include "family/rope_config.hpp"
#include "family/unsupported_settings.hpp"
#include "model/family.hpp"

namespace inferscale::family {

using namespace model;

DecoderSpec plain_rotary(const Family& family) {
  DecoderSpec spec;
  spec.family = &family;
  spec.vocabulary = 32000;
  spec.positions = 8192;
  spec.norm.kind = NormKind::rms;
  spec.position.kind = PositionKind::rope;
  spec.mlp = {Activation::silu, true};
  spec.biases = {false, false, false};
  return spec;
}

Result<void> require_field(const Json& config, const char* name, const std::string& place) {
  if (!config.contains(name)) {
    return fail("{}: field '{}' is missing", place, name);
  }
  return {};
}

Result<void> read_rotary_config(const Json& config, DecoderSpec& spec, const std::string& place) {
  TRY(refuse_unsupported(config, place));
  TRY(read_size(config, {"num_hidden_layers"}, true, spec.layers, place, kMaxLayers));
  TRY(read_size(config, {"hidden_size"}, true, spec.hidden, place, kMaxHidden));
  TRY(read_size(config, {"num_attention_heads"}, true, spec.heads, place, kMaxHidden));
  TRY(read_size(config, {"num_key_value_heads"}, false, spec.kv_heads, place, kMaxHidden));
  TRY(read_size(config, {"head_dim"}, false, spec.head_size, place, kMaxHidden));
  TRY(read_size(config, {"intermediate_size"}, true, spec.inner, place, kMaxInner));
  TRY(read_size(config, {"vocab_size"}, true, spec.vocabulary, place, kMaxVocabulary));
  TRY(read_size(config, {"max_position_embeddings"}, true, spec.positions, place, kMaxPositions));
  // What transformers takes where a folder leaves it out.
  spec.norm.epsilon = 1e-6;
  TRY(read_number(config, "rms_norm_eps", spec.norm.epsilon, place));
  TRY(read_activation(config, "hidden_act", spec.mlp.activation, place));
  spec.tied_head = false;
  TRY(read_switch(config, "tie_word_embeddings", spec.tied_head, place));
  TRY_ASSIGN(spec.position.rope, read_rope(config, spec.positions, place));
  return {};
}

SpecNames rotary_names(const Json& config) {
  SpecNames names;
  names.hidden = "hidden_size";
  names.heads = "num_attention_heads";
  names.kv_heads = "num_key_value_heads";
  names.head_size =
      field_of(config, "head_dim") != nullptr ? "head_dim" : "hidden_size / num_attention_heads";
  names.epsilon = "rms_norm_eps";
  names.rope = rope_object(config);
  names.rope_theta = "rope_theta";
  return names;
}

std::vector<Tensor> rotary_tensors(const DecoderSpec& spec) {
  const std::int64_t d = spec.hidden;
  const std::int64_t inner = inner_size(spec);
  const std::int64_t queries = std::int64_t{spec.heads} * head_size(spec);
  const std::int64_t keys = std::int64_t{kv_heads(spec)} * head_size(spec);
  std::vector<Tensor> all{{"embed_tokens.weight", {spec.vocabulary, d}, Role::token_embedding}};
  const auto norm = [&](const std::string& name, Role role, int layer, std::int64_t width) {
    all.push_back({name + ".weight", {width}, role, Part::weight, layer});
  };
  const auto projection = [&](const std::string& name, Role role, int layer, std::int64_t out,
                              std::int64_t in, bool bias) {
    all.push_back({name + ".weight", {out, in}, role, Part::weight, layer});
    if (bias) {
      all.push_back({name + ".bias", {out}, role, Part::bias, layer});
    }
  };
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string block = fmt::format("layers.{}.", layer);
    norm(block + "input_layernorm", Role::attention_norm, layer, d);
    projection(block + "self_attn.q_proj", Role::query, layer, queries, d, spec.biases.attention);
    projection(block + "self_attn.k_proj", Role::key, layer, keys, d, spec.biases.attention);
    projection(block + "self_attn.v_proj", Role::value, layer, keys, d, spec.biases.attention);
    if (spec.qk_norm) {
      norm(block + "self_attn.q_norm", Role::query_norm, layer, head_size(spec));
      norm(block + "self_attn.k_norm", Role::key_norm, layer, head_size(spec));
    }
    projection(block + "self_attn.o_proj", Role::attention_output, layer, d, queries,
               spec.biases.attention_output);
    norm(block + "post_attention_layernorm", Role::mlp_norm, layer, d);
    projection(block + "mlp.gate_proj", Role::mlp_gate, layer, inner, d, spec.biases.mlp);
    projection(block + "mlp.up_proj", Role::mlp_up, layer, inner, d, spec.biases.mlp);
    projection(block + "mlp.down_proj", Role::mlp_down, layer, d, inner, spec.biases.mlp);
  }
  norm("norm", Role::final_norm, -1, d);
  if (!spec.tied_head) {
    all.push_back({"lm_head.weight", {spec.vocabulary, d}, Role::head});
  }
  return all;
}

bool is_rotary_buffer(std::string_view name, const DecoderSpec& spec) {
  for (int layer = 0; layer < spec.layers; ++layer) {
    if (name == fmt::format("layers.{}.self_attn.rotary_emb.inv_freq", layer)) {
      return true;
    }
  }
  return false;
}

DecoderSpec rotary_rung(const DecoderSpec& plain, const RotaryShape& shape) {
  DecoderSpec spec = plain;
  spec.name = shape.name;
  spec.layers = shape.layers;
  spec.hidden = shape.hidden;
  spec.heads = shape.heads;
  spec.kv_heads = shape.kv_heads == shape.heads ? 0 : shape.kv_heads;
  spec.inner = shape.inner;
  spec.vocabulary = shape.vocabulary;
  spec.positions = shape.positions;
  return spec;
}

}  // namespace inferscale::family
