#include "family/blocks.hpp"
#include "family/config_fields.hpp"
#include "family/families.hpp"
#include "family/rotary.hpp"
#include "family/window_config.hpp"

// Qwen3, the dense models (Yang et al. 2025, "Qwen3 Technical Report"), as transformers' Qwen3ForCausalLM
// stores and computes them: a Llama whose queries and keys pass a norm, head by head, before they turn.

namespace inferscale::family {
namespace {

using namespace model;

DecoderSpec plain_qwen3() {
  DecoderSpec spec = plain_rotary(qwen3());
  spec.vocabulary = 151936;
  spec.norm.epsilon = 1e-6;
  spec.position.rope.theta = 1e6;
  spec.qk_norm = true;
  return spec;
}

Result<DecoderSpec> read_qwen3_config(const Json& config, const std::string& place) {
  DecoderSpec spec = plain_qwen3();
  TRY(require_field(config, "num_key_value_heads", place));
  TRY(check_switch(config, "mlp_bias", false, place));
  TRY(read_switch(config, "attention_bias", spec.biases.attention, place));
  spec.biases.attention_output = spec.biases.attention;
  TRY(read_rotary_config(config, spec, place));
  if (!config.contains("head_dim")) {
    spec.head_size = 128;  // transformers' where the field is absent
  }
  TRY_ASSIGN(spec.window, read_qwen_window(config, spec, place));
  return spec;
}

const std::vector<DecoderSpec>& qwen3_ladder() {
  static const std::vector<DecoderSpec> none;
  return none;
}

}  // namespace

const Family& qwen3() {
  static const Family family{.name = "qwen3",
                             .title = "Qwen3",
                             .model_types = {"qwen3"},
                             .class_prefix = "Qwen3For",
                             .read_config = read_qwen3_config,
                             .config_names = rotary_names,
                             .check = check_rotary_blocks,
                             .tensors = rotary_tensors,
                             .prefix = "model.",
                             .head = "lm_head.weight",
                             .is_buffer = is_rotary_buffer,
                             .plain = plain_qwen3,
                             .ladder = qwen3_ladder};
  return family;
}

}  // namespace inferscale::family
