#include "family/blocks.hpp"
#include "family/config_fields.hpp"
#include "family/families.hpp"
#include "family/rotary.hpp"
#include "family/window_config.hpp"

// Llama (Touvron et al. 2023, "Llama 2"; Grattafiori et al. 2024, "The Llama 3 Herd of Models") and models
// that compute the same: SmolLM2, TinyLlama, Mistral (Jiang et al. 2023, "Mistral 7B"), as transformers'
// LlamaForCausalLM and MistralForCausalLM store and compute them.

namespace inferscale::family {
namespace {

using namespace model;

DecoderSpec plain_llama() {
  return plain_rotary(llama());
}

/// Mistral's class has no biases, and a window unless the folder says null.
Result<void> read_mistral(const Json& config, DecoderSpec& spec, const std::string& place) {
  TRY(require_field(config, "num_key_value_heads", place));
  TRY(check_switch(config, "attention_bias", false, place));
  TRY(check_switch(config, "mlp_bias", false, place));
  int size = 4096;  // transformers' where the field is absent
  if (config.contains("sliding_window")) {
    size = spec.positions;
    TRY(read_size(config, {"sliding_window"}, false, size, place));
  }
  spec.window = window_everywhere(size, spec.positions);
  return {};
}

Result<void> read_llama(const Json& config, DecoderSpec& spec, const std::string& place) {
  TRY(read_switch(config, "attention_bias", spec.biases.attention, place));
  spec.biases.attention_output = spec.biases.attention;
  TRY(read_switch(config, "mlp_bias", spec.biases.mlp, place));
  int size = spec.positions;
  TRY(read_size(config, {"sliding_window"}, false, size, place));
  if (size < spec.positions) {
    return fail(
        "{}: sliding_window is {}, but a llama has no window: transformers ignores it; make it null, or "
        "model_type mistral",
        place, size);
  }
  return {};
}

Result<DecoderSpec> read_llama_config(const Json& config, const std::string& place) {
  DecoderSpec spec = plain_llama();
  TRY(read_rotary_config(config, spec, place));
  const Json* type = field_of(config, "model_type");
  if (type != nullptr && *type == Json("mistral")) {
    TRY(read_mistral(config, spec, place));
  } else {
    TRY(read_llama(config, spec, place));
  }
  // transformers' classes of this family ignore the field, so a folder that needs it is no such model.
  TRY(check_no_sliding_layers(config, spec.layers, place));
  return spec;
}

constexpr int kLlama3Positions = 131072;

/// Llama 3's frequencies: part of the shape, though not of its name.
DecoderSpec llama3(const RotaryShape& shape, double factor, bool tied) {
  DecoderSpec spec = rotary_rung(plain_llama(), shape);
  spec.position.rope = {.theta = 500000,
                        .scaling = RopeScaling::llama3,
                        .factor = factor,
                        .original_positions = 8192,
                        .low_freq_factor = 1,
                        .high_freq_factor = 4};
  spec.tied_head = tied;
  return spec;
}

const std::vector<DecoderSpec>& llama_ladder() {
  static const std::vector<DecoderSpec> rungs = [] {
    const DecoderSpec plain = plain_llama();
    DecoderSpec smol = plain;
    smol.position.rope.theta = 100000;
    DecoderSpec smol_large = plain;
    smol_large.position.rope.theta = 130000;
    return std::vector<DecoderSpec>{
        rotary_rung(plain, {"llama-15m", 6, 288, 6, 6, 768, 32000, 8192}),
        rotary_rung(smol, {"smollm2-135m", 30, 576, 9, 3, 1536, 49152, 8192}),
        rotary_rung(smol, {"smollm2-360m", 32, 960, 15, 5, 2560, 49152, 8192}),
        llama3({"llama3.2-1b", 16, 2048, 32, 8, 8192, 128256, kLlama3Positions}, 32, true),
        rotary_rung(smol_large, {"smollm2-1.7b", 24, 2048, 32, 32, 8192, 49152, 8192}),
        llama3({"llama3.2-3b", 28, 3072, 24, 8, 8192, 128256, kLlama3Positions}, 32, true),
        llama3({"llama3.1-8b", 32, 4096, 32, 8, 14336, 128256, kLlama3Positions}, 8, false)};
  }();
  return rungs;
}

}  // namespace

const Family& llama() {
  static const Family family{.name = "llama",
                             .title = "Llama",
                             .model_types = {"llama", "mistral"},
                             .class_prefix = "Llama",
                             .read_config = read_llama_config,
                             .config_names = rotary_names,
                             .check = check_rotary_blocks,
                             .tensors = rotary_tensors,
                             .prefix = "model.",
                             .head = "lm_head.weight",
                             .is_buffer = is_rotary_buffer,
                             .plain = plain_llama,
                             .ladder = llama_ladder};
  return family;
}

}  // namespace inferscale::family
