#include "family/unsupported_settings.hpp"

#include <array>
#include <string_view>

#include "family/config_fields.hpp"
#include "model/safetensors.hpp"

namespace inferscale::family {
namespace {

/// What a value must be to change nothing.
enum class Neutral { off, one };  ///< off: false, 0, or empty

struct Setting {
  const char* name;
  Neutral neutral;
  std::string_view what;
};

constexpr std::array<Setting, 34> kSettings{{
    {"quantization_config", Neutral::off, "quantised weights"},
    {"compression_config", Neutral::off, "compressed weights"},
    {"quantization", Neutral::off, "quantised weights"},
    {"rope_interleaved", Neutral::off, "rotary positions over neighbouring elements"},
    {"no_rope_layers", Neutral::off, "layers without rotary positions"},
    {"use_mrope", Neutral::off, "rotary positions in several dimensions"},
    {"use_logn_attn", Neutral::off, "attention scaled by the length"},
    {"use_dynamic_ntk", Neutral::off, "frequencies that follow the length"},
    {"use_qk_norm", Neutral::off, "a norm of queries and keys in a family that has none"},
    {"qk_layernorm", Neutral::off, "a norm of queries and keys in a family that has none"},
    {"clip_qkv", Neutral::off, "clipped queries, keys and values"},
    {"attn_logit_softcapping", Neutral::off, "capped attention scores"},
    {"final_logit_softcapping", Neutral::off, "capped logits"},
    {"query_pre_attn_scalar", Neutral::off, "a scale of queries of its own"},
    {"attention_multiplier", Neutral::off, "a scale of attention scores of its own"},
    {"attention_chunk_size", Neutral::off, "attention in chunks"},
    {"embedding_multiplier", Neutral::one, "scaled embeddings"},
    {"residual_multiplier", Neutral::one, "scaled residuals"},
    {"logits_scaling", Neutral::one, "scaled logits"},
    {"logit_scale", Neutral::one, "scaled logits"},
    {"scale_emb", Neutral::one, "scaled embeddings"},
    {"scale_depth", Neutral::one, "scaled residuals"},
    {"parallel_residual", Neutral::off, "attention beside the MLP"},
    {"use_parallel_residual", Neutral::off, "attention beside the MLP"},
    {"num_experts", Neutral::off, "experts"},
    {"num_local_experts", Neutral::off, "experts"},
    {"n_routed_experts", Neutral::off, "experts"},
    {"block_configs", Neutral::off, "layers of different shapes"},
    {"per_layer_config", Neutral::off, "layers of different shapes"},
    {"pruned_heads", Neutral::off, "pruned heads"},
    {"add_cross_attention", Neutral::off, "attention to an encoder"},
    {"is_encoder_decoder", Neutral::off, "an encoder"},
    {"use_bidirectional_attention", Neutral::off, "attention to later tokens"},
    {"auto_map", Neutral::off, "code of the folder's own"},
}};

bool is_neutral(const Json& value, Neutral neutral) {
  if (neutral == Neutral::one) {
    return value.is_number() && value.get<double>() == 1;
  }
  return value == Json(false) || value == Json(0) || (value.is_structured() && value.empty());
}

/// A folder may bring a tokenizer's code alone, which nothing here runs.
bool brings_model_code(const Json& auto_map) {
  return auto_map.is_object() &&
         (auto_map.contains("AutoModel") || auto_map.contains("AutoModelForCausalLM"));
}

}  // namespace

Result<void> refuse_unsupported(const Json& config, const std::string& place) {
  for (const Setting& setting : kSettings) {
    const Json* value = field_of(config, setting.name);
    if (value == nullptr || is_neutral(*value, setting.neutral)) {
      continue;
    }
    if (std::string_view(setting.name) == "auto_map" && !brings_model_code(*value)) {
      continue;
    }
    std::string text = to_line(*value);
    if (text.size() > 60) {
      text = text.substr(0, 57) + "...";
    }
    return fail("{}: {} is {}, but {} is not supported: take a model without it", place, setting.name,
                model::printable(text), setting.what);
  }
  return {};
}

}  // namespace inferscale::family
