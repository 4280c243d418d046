#include "family/blocks.hpp"
#include "family/config_fields.hpp"
#include "family/families.hpp"

// OPT (Zhang et al. 2022, "OPT: Open Pre-trained Transformer Language Models"), as transformers'
// OPTForCausalLM stores and computes it.

namespace inferscale::family {
namespace {

using namespace model;

DecoderSpec plain_opt() {
  DecoderSpec spec;
  spec.family = &opt();
  spec.vocabulary = 50272;
  spec.positions = 2048;
  spec.position.offset = 2;
  spec.mlp.activation = Activation::relu;
  return spec;
}

Result<DecoderSpec> read_opt_config(const Json& json, const std::string& place) {
  // The norm behind the block (opt-350m), a norm that is left out, and vectors that are left out.
  TRY(check_switch(json, "do_layer_norm_before", true, place));
  TRY(check_switch(json, "_remove_final_layer_norm", false, place));
  TRY(check_switch(json, "layer_norm_elementwise_affine", true, place));
  TRY(check_switch(json, "enable_bias", true, place));
  DecoderSpec spec = plain_opt();
  TRY(read_activation(json, "activation_function", spec.mlp.activation, place));
  TRY(read_size(json, {"num_hidden_layers"}, true, spec.layers, place, kMaxLayers));
  TRY(read_size(json, {"hidden_size"}, true, spec.hidden, place, kMaxHidden));
  TRY(read_size(json, {"num_attention_heads"}, true, spec.heads, place, kMaxHidden));
  TRY(read_size(json, {"ffn_dim"}, true, spec.inner, place, kMaxInner));
  TRY(read_size(json, {"vocab_size"}, false, spec.vocabulary, place, kMaxVocabulary));
  TRY(read_size(json, {"max_position_embeddings"}, false, spec.positions, place, kMaxPositions));
  TRY(read_switch(json, "tie_word_embeddings", spec.tied_head, place));
  int embedded = spec.hidden;
  TRY(read_size(json, {"word_embed_proj_dim"}, false, embedded, place));
  if (embedded != spec.hidden) {
    return fail("{}: word_embed_proj_dim is {}, but only hidden_size, {}, is supported", place, embedded,
                spec.hidden);
  }
  return spec;
}

SpecNames opt_names(const Json& /*config*/) {
  SpecNames names;
  names.hidden = "hidden_size";
  names.heads = "num_attention_heads";
  return names;
}

/// V = vocabulary, P = positions, d = hidden. Projections have Linear's layout, [out, in]: y = x W^T + b.
///   decoder.embed_tokens.weight [V, d]   decoder.embed_positions.weight [P + 2, d]
///   decoder.layers.N.self_attn_layer_norm.weight, .bias [d]
///   decoder.layers.N.self_attn.{q,k,v,out}_proj.weight [d, d], .bias [d]
///   decoder.layers.N.final_layer_norm.weight, .bias [d]
///   decoder.layers.N.fc1.weight [inner, d], .bias [inner]   decoder.layers.N.fc2.weight [d, inner], .bias
///   [d] decoder.final_layer_norm.weight, .bias [d]   lm_head.weight [V, d] (where it is not tied)
std::vector<Tensor> opt_tensors(const DecoderSpec& spec) {
  const std::int64_t d = spec.hidden;
  const std::int64_t inner = inner_size(spec);
  std::vector<Tensor> all{{"decoder.embed_tokens.weight", {spec.vocabulary, d}, Role::token_embedding},
                          {"decoder.embed_positions.weight",
                           {std::int64_t{spec.positions} + spec.position.offset, d},
                           Role::position_embedding}};
  const auto add = [&](const std::string& name, Role role, int layer, std::vector<std::int64_t> shape) {
    const std::int64_t out = shape.front();
    all.push_back({name + ".weight", std::move(shape), role, Part::weight, layer});
    all.push_back({name + ".bias", {out}, role, Part::bias, layer});
  };
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string block = fmt::format("decoder.layers.{}.", layer);
    add(block + "self_attn_layer_norm", Role::attention_norm, layer, {d});
    add(block + "self_attn.q_proj", Role::query, layer, {d, d});
    add(block + "self_attn.k_proj", Role::key, layer, {d, d});
    add(block + "self_attn.v_proj", Role::value, layer, {d, d});
    add(block + "self_attn.out_proj", Role::attention_output, layer, {d, d});
    add(block + "final_layer_norm", Role::mlp_norm, layer, {d});
    add(block + "fc1", Role::mlp_up, layer, {inner, d});
    add(block + "fc2", Role::mlp_down, layer, {d, inner});
  }
  add("decoder.final_layer_norm", Role::final_norm, -1, {d});
  if (!spec.tied_head) {
    all.push_back({"lm_head.weight", {spec.vocabulary, d}, Role::head});
  }
  return all;
}

bool is_opt_buffer(std::string_view /*name*/, const DecoderSpec& /*spec*/) {
  return false;
}

const std::vector<DecoderSpec>& opt_ladder() {
  static const std::vector<DecoderSpec> none;
  return none;
}

}  // namespace

const model::Family& opt() {
  static const model::Family family{.name = "opt",
                                    .title = "OPT",
                                    .model_types = {"opt"},
                                    .class_prefix = "OPT",
                                    .read_config = read_opt_config,
                                    .config_names = opt_names,
                                    .check = check_learned_blocks,
                                    .tensors = opt_tensors,
                                    .graphs_hold_weights = true,
                                    .prefix = "model.",
                                    .head = "lm_head.weight",
                                    .is_buffer = is_opt_buffer,
                                    .plain = plain_opt,
                                    .ladder = opt_ladder};
  return family;
}

}  // namespace inferscale::family
