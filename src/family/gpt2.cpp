#include "family/blocks.hpp"
#include "family/config_fields.hpp"
#include "family/families.hpp"

// GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"), as transformers'
// GPT2LMHeadModel stores and computes it.

namespace inferscale::family {
namespace {

using namespace model;

DecoderSpec plain_gpt2() {
  DecoderSpec spec;
  spec.family = &gpt2();
  return spec;
}

Result<DecoderSpec> read_gpt2_config(const Json& json, const std::string& place) {
  TRY(check_switch(json, "scale_attn_weights", true, place));
  TRY(check_switch(json, "add_cross_attention", false, place));
  DecoderSpec spec = plain_gpt2();
  TRY(read_activation(json, "activation_function", spec.mlp.activation, place));
  TRY(read_switch(json, "scale_attn_by_inverse_layer_idx", spec.scale.by_inverse_layer, place));
  TRY(read_switch(json, "tie_word_embeddings", spec.tied_head, place));
  TRY(read_size(json, {"n_layer", "num_hidden_layers"}, true, spec.layers, place, kMaxLayers));
  TRY(read_size(json, {"n_embd", "hidden_size"}, true, spec.hidden, place, kMaxHidden));
  TRY(read_size(json, {"n_head", "num_attention_heads"}, true, spec.heads, place, kMaxHidden));
  // Absent ones have GPT2Config's defaults, which are DecoderSpec's too.
  TRY(read_size(json, {"vocab_size"}, false, spec.vocabulary, place, kMaxVocabulary));
  TRY(read_size(json, {"n_positions", "max_position_embeddings", "n_ctx"}, false, spec.positions, place,
                kMaxPositions));
  TRY(read_size(json, {"n_inner"}, false, spec.inner, place, kMaxInner));
  TRY(read_number(json, "layer_norm_epsilon", spec.norm.epsilon, place));
  return spec;
}

/// A folder may have the names that transformers gives to all models.
SpecNames gpt2_names(const Json& json) {
  SpecNames names;
  names.hidden = field_of(json, "n_embd") != nullptr ? "n_embd" : "hidden_size";
  names.heads = field_of(json, "n_head") != nullptr ? "n_head" : "num_attention_heads";
  return names;
}

/// V = vocabulary, P = positions, d = hidden. Projections have Conv1D's layout, [in, out]: y = x W + b.
///   wte.weight [V, d] (also the output projection where it is tied)   wpe.weight [P, d]
///   h.N.ln_1.weight, .bias [d]
///   h.N.attn.c_attn.weight [d, 3 d], .bias [3 d] (queries, keys, values)
///   h.N.attn.c_proj.weight [d, d], .bias [d]
///   h.N.ln_2.weight, .bias [d]
///   h.N.mlp.c_fc.weight [d, inner], .bias [inner]   h.N.mlp.c_proj.weight [inner, d], .bias [d]
///   ln_f.weight, .bias [d]   lm_head.weight [V, d] (where it is not tied)
std::vector<Tensor> gpt2_tensors(const DecoderSpec& spec) {
  const std::int64_t d = spec.hidden;
  const std::int64_t inner = inner_size(spec);
  std::vector<Tensor> all{{"wte.weight", {spec.vocabulary, d}, Role::token_embedding},
                          {"wpe.weight", {spec.positions, d}, Role::position_embedding}};
  const auto norm = [&](const std::string& name, Role role, int layer) {
    all.push_back({name + ".weight", {d}, role, Part::weight, layer});
    all.push_back({name + ".bias", {d}, role, Part::bias, layer});
  };
  const auto projection = [&](const std::string& name, Role role, int layer, std::int64_t in,
                              std::int64_t out) {
    all.push_back({name + ".weight", {in, out}, role, Part::weight, layer, Layout::in_out});
    all.push_back({name + ".bias", {out}, role, Part::bias, layer});
  };
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string block = fmt::format("h.{}.", layer);
    norm(block + "ln_1", Role::attention_norm, layer);
    projection(block + "attn.c_attn", Role::query_key_value, layer, d, 3 * d);
    projection(block + "attn.c_proj", Role::attention_output, layer, d, d);
    norm(block + "ln_2", Role::mlp_norm, layer);
    projection(block + "mlp.c_fc", Role::mlp_up, layer, d, inner);
    projection(block + "mlp.c_proj", Role::mlp_down, layer, inner, d);
  }
  norm("ln_f", Role::final_norm, -1);
  if (!spec.tied_head) {
    all.push_back({"lm_head.weight", {spec.vocabulary, d}, Role::head});
  }
  return all;
}

/// h.N.attn.bias or h.N.attn.masked_bias with N < layers: the causal mask of old checkpoints.
bool is_gpt2_buffer(std::string_view name, const DecoderSpec& spec) {
  for (const std::string_view end : {".attn.bias", ".attn.masked_bias"}) {
    if (name.size() <= end.size() + 2 || name.substr(0, 2) != "h." ||
        name.substr(name.size() - end.size()) != end) {
      continue;
    }
    const auto number = name.substr(2, name.size() - 2 - end.size());
    for (int layer = 0; layer < spec.layers; ++layer) {
      if (number == fmt::format("{}", layer)) {
        return true;
      }
    }
  }
  return false;
}

DecoderSpec rung(const char* name, int layers, int hidden, int heads) {
  DecoderSpec spec = plain_gpt2();
  spec.name = name;
  spec.layers = layers;
  spec.hidden = hidden;
  spec.heads = heads;
  spec.inner = 4 * hidden;
  return spec;
}

const std::vector<DecoderSpec>& gpt2_ladder() {
  static const std::vector<DecoderSpec> rungs{
      rung("tiny-gpt2", 2, 2, 2),   rung("gpt2-5m", 1, 96, 3),     rung("gpt2-1m", 3, 192, 3),
      rung("gpt2-25m", 3, 384, 6),  rung("gpt2-45m", 6, 512, 8),   rung("gpt2-50m", 8, 512, 8),
      rung("gpt2-75m", 5, 768, 12), rung("gpt2-100m", 8, 768, 12), rung("gpt2", 12, 768, 12)};
  return rungs;
}

}  // namespace

const model::Family& gpt2() {
  static const model::Family family{.name = "gpt2",
                                    .title = "GPT-2",
                                    .model_types = {"gpt2"},
                                    .class_prefix = "GPT2",
                                    .read_config = read_gpt2_config,
                                    .config_names = gpt2_names,
                                    .check = check_learned_blocks,
                                    .tensors = gpt2_tensors,
                                    .graphs_hold_weights = true,
                                    .prefix = "transformer.",
                                    .head = "lm_head.weight",
                                    .is_buffer = is_gpt2_buffer,
                                    .plain = plain_gpt2,
                                    .ladder = gpt2_ladder};
  return family;
}

}  // namespace inferscale::family
