#include "family/blocks.hpp"
#include "family/config_fields.hpp"
#include "family/families.hpp"
#include "family/rotary.hpp"
#include "family/window_config.hpp"

// Qwen2 and Qwen2.5 (Yang et al. 2024, "Qwen2 Technical Report"), as transformers' Qwen2ForCausalLM stores
// and computes them: a Llama whose projections to queries, keys and values have biases.

namespace inferscale::family {
namespace {

using namespace model;

DecoderSpec plain_qwen2() {
  DecoderSpec spec = plain_rotary(qwen2());
  spec.vocabulary = 151936;
  spec.norm.epsilon = 1e-6;
  spec.position.rope.theta = 1e6;
  spec.biases.attention = true;
  return spec;
}

Result<DecoderSpec> read_qwen2_config(const Json& config, const std::string& place) {
  DecoderSpec spec = plain_qwen2();
  TRY(require_field(config, "num_key_value_heads", place));
  TRY(check_switch(config, "attention_bias", true, place));
  TRY(check_switch(config, "mlp_bias", false, place));
  TRY(read_rotary_config(config, spec, place));
  TRY_ASSIGN(spec.window, read_qwen_window(config, spec, place));
  return spec;
}

const std::vector<DecoderSpec>& qwen2_ladder() {
  static const std::vector<DecoderSpec> rungs{
      rotary_rung(plain_qwen2(), {"qwen2.5-0.5b", 24, 896, 14, 2, 4864, 151936, 32768})};
  return rungs;
}

}  // namespace

const Family& qwen2() {
  static const Family family{.name = "qwen2",
                             .title = "Qwen2",
                             .model_types = {"qwen2"},
                             .class_prefix = "Qwen2For",
                             .read_config = read_qwen2_config,
                             .config_names = rotary_names,
                             .check = check_rotary_blocks,
                             .tensors = rotary_tensors,
                             .prefix = "model.",
                             .head = "lm_head.weight",
                             .is_buffer = is_rotary_buffer,
                             .plain = plain_qwen2,
                             .ladder = qwen2_ladder};
  return family;
}

}  // namespace inferscale::family
