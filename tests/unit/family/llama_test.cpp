#include <gmock/gmock.h>

#include "config_folder.hpp"
#include "family/ladder.hpp"

namespace inferscale::family {
namespace {

using namespace model;
using testing::ElementsAre;
using testing::HasSubstr;

/// As Llama-3.1-8B's folder has it.
Json llama31() {
  return *parse_json(
      R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
    "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096,
    "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false,
    "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
    "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
    "rope_theta": 500000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
    "transformers_version": "4.43.0.dev0", "use_cache": true, "vocab_size": 128256})",
      "llama31");
}

class Llama : public ConfigFolder {
 protected:
  Llama() : ConfigFolder(llama31()) {}
};

TEST_F(Llama, ReadsLlama31) {
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->family, &llama());
  EXPECT_EQ(kv_heads(*spec), 8);
  EXPECT_EQ(head_size(*spec), 128);
  EXPECT_EQ(spec->norm, (Norm{NormKind::rms, 1e-5}));
  EXPECT_EQ(spec->mlp, (Mlp{Activation::silu, true}));
  EXPECT_EQ(spec->biases, (Biases{false, false, false}));
  EXPECT_FALSE(spec->tied_head);
  EXPECT_EQ(spec->position.rope, llama().ladder().back().position.rope);
  EXPECT_EQ(parameter_count(*spec), 8'030'261'248);
}

/// transformers 5 puts theta and the scaling into one object.
TEST_F(Llama, ReadsRopeParametersOfTransformers5) {
  const auto before = read();
  Json rope = json_["rope_scaling"];
  rope["rope_theta"] = json_["rope_theta"];
  json_.erase("rope_scaling");
  json_.erase("rope_theta");
  json_["rope_parameters"] = rope;
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(*spec, *before);
  json_["rope_parameters"] = Json{{"rope_type", "default"}, {"rope_theta", 1e5}};
  EXPECT_EQ(read()->position.rope, (Rope{.theta = 1e5}));
}

/// HuggingFaceTB/SmolLM2-135M's, with fields that say who made it.
TEST_F(Llama, ReadsSmolLm2) {
  json_ = *parse_json(R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 0,
    "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664, "intermediate_size": 1536,
    "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 9,
    "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
    "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true,
    "torch_dtype": "bfloat16", "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}},
    "vocab_size": 49152})",
                      "smollm2");
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  DecoderSpec rung = *parse_model_name("smollm2-135m");
  rung.name.clear();
  EXPECT_EQ(*spec, rung);
  EXPECT_EQ(parameter_count(*spec), 134'515'008);
}

TEST_F(Llama, HeadsAreAsManyWhereTheFolderSaysNothing) {
  json_.erase("num_key_value_heads");
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(kv_heads(*spec), 32);
}

TEST_F(Llama, TakesHeadsAndBiasesOfTheirOwn) {
  json_["head_dim"] = 96;
  json_["attention_bias"] = true;
  json_["mlp_bias"] = true;
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  const auto all = tensors(*spec);
  EXPECT_EQ(all[2].name, "layers.0.self_attn.q_proj.weight");
  EXPECT_THAT(all[2].shape, ElementsAre(32 * 96, 4096));
  EXPECT_EQ(all[3].name, "layers.0.self_attn.q_proj.bias");
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const Tensor& one) { return one.part == Part::bias; }),
            32 * 7);
}

TEST_F(Llama, RefusesRopeThatItCannotCompute) {
  const auto rope_error = [&](const char* field, const Json& value) {
    Json rope = json_["rope_scaling"];
    rope[field] = value;
    return error_with("rope_scaling", rope);
  };
  EXPECT_THAT(
      rope_error("rope_type", "longrope"),
      HasSubstr(
          "rope_scaling: rope_type is \"longrope\", but only default, linear, dynamic, llama3 and yarn"));
  EXPECT_THAT(
      error_with("rope_scaling", {{"type", "longrope"}, {"long_factor", {1, 2}}, {"short_factor", {1, 1}}}),
      HasSubstr("rope_scaling: type is \"longrope\", but only default"));
  EXPECT_THAT(rope_error("mrope_section", {1, 2}), HasSubstr("has the field 'mrope_section'"));
  EXPECT_THAT(rope_error("partial_rotary_factor", 0.5), HasSubstr("partial_rotary_factor is 0.5"));
  EXPECT_THAT(rope_error("factor", 0.25), HasSubstr("rope_scaling: factor must be from 1"));
  EXPECT_THAT(rope_error("factor", nullptr), HasSubstr("field 'factor' is missing"));
  EXPECT_THAT(rope_error("low_freq_factor", nullptr), HasSubstr("field 'low_freq_factor' is missing"));
  EXPECT_THAT(rope_error("high_freq_factor", 1.0),
              HasSubstr("rope_scaling: low_freq_factor, 1, must be below high_freq_factor"));
  EXPECT_THAT(rope_error("original_max_position_embeddings", 0), HasSubstr("must be at least 1"));
  EXPECT_THAT(error_with("rope_theta", -1.0), HasSubstr("config.json: rope_theta must lie above 1"));
  EXPECT_THAT(error_with("rope_theta", "big"), HasSubstr("rope_theta"));
  EXPECT_THAT(error_with("partial_rotary_factor", 0.25), HasSubstr("partial_rotary_factor is 0.25"));
  EXPECT_THAT(error_with("rope_scaling", "yarn"), HasSubstr("rope_scaling must be an object"));
}

TEST_F(Llama, RefusesWhatNoBlockComputesByName) {
  for (const auto& [field, value] :
       std::vector<std::pair<const char*, Json>>{{"quantization_config", {{"quant_method", "gptq"}}},
                                                 {"rope_interleaved", true},
                                                 {"attn_logit_softcapping", 50.0},
                                                 {"num_local_experts", 8},
                                                 {"logits_scaling", 16.0},
                                                 {"auto_map", {{"AutoModelForCausalLM", "modeling_x.X"}}}}) {
    EXPECT_THAT(error_with(field, value), HasSubstr(std::string(field) + " is ")) << field;
  }
  EXPECT_THAT(error_with("hidden_act", "xielu"), HasSubstr("hidden_act is \"xielu\""));
  EXPECT_THAT(error_with("num_key_value_heads", 5),
              HasSubstr("num_key_value_heads must divide num_attention_heads, and 5 does not divide 32"));
  EXPECT_THAT(error_with("head_dim", 3), HasSubstr("head_dim must be even, not 3"));
  EXPECT_THAT(error_with("hidden_size", 4097), HasSubstr("num_attention_heads must divide hidden_size"));
  EXPECT_THAT(error_with("hidden_size", 32),
              HasSubstr("so hidden_size / num_attention_heads must be even, not 1"));
  EXPECT_THAT(error_with("rms_norm_eps", 0), HasSubstr("config.json: rms_norm_eps must lie between 0 and 1"));
  EXPECT_THAT(error_with("layer_types", Json(std::vector<std::string>(32, "sliding_attention"))),
              HasSubstr("layer_types has sliding_attention"));
  EXPECT_THAT(error_with("sliding_window", 4096), HasSubstr("a llama has no window"));
  for (const char* field : {"vocab_size", "intermediate_size", "max_position_embeddings", "hidden_size"}) {
    EXPECT_THAT(error_without(field), HasSubstr(field));
  }
}

TEST_F(Llama, LetsNeutralSettingsPass) {
  for (const auto& [field, value] : std::vector<std::pair<const char*, Json>>{
           {"quantization_config", nullptr},
           {"num_experts", 0},
           {"logit_scale", 1.0},
           {"pruned_heads", Json::object()},
           {"sliding_window", nullptr},
           {"auto_map", {{"AutoTokenizer", {"tokenization_x.X", nullptr}}}},
           {"partial_rotary_factor", 1.0},
           {"unsloth_fixed", true}}) {
    const auto spec = read_with(field, value);
    EXPECT_TRUE(spec) << spec.error().message;
  }
}

class Mistral : public Llama {
 protected:
  Mistral() {
    json_["model_type"] = "mistral";
    json_.erase("rope_scaling");
    json_["max_position_embeddings"] = 32768;
  }
};

TEST_F(Mistral, HasAWindowUnlessTheFolderSaysNull) {
  json_["sliding_window"] = 1024;
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->family, &llama());
  EXPECT_EQ(spec->window, (Window{1024, {}}));
  EXPECT_EQ(window_of(*spec, 31), 1024);
  json_["sliding_window"] = nullptr;
  EXPECT_EQ(read()->window, Window{});
  json_["sliding_window"] = 32768;  // cuts nothing
  EXPECT_EQ(read()->window, Window{});
  json_.erase("sliding_window");
  EXPECT_EQ(read()->window.size, 4096);
}

TEST_F(Mistral, HasNoBiases) {
  EXPECT_THAT(error_with("attention_bias", true), HasSubstr("attention_bias is true"));
  EXPECT_THAT(error_with("sliding_window", 0), HasSubstr("'sliding_window' must be at least 1"));
}

}  // namespace
}  // namespace inferscale::family
