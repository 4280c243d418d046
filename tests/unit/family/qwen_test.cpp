#include <gmock/gmock.h>

#include "config_folder.hpp"
#include "family/ladder.hpp"

namespace inferscale::family {
namespace {

using namespace model;
using testing::ElementsAre;
using testing::HasSubstr;

/// As Qwen2.5-0.5B's folder has it.
Json qwen25() {
  return *parse_json(
      R"({"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
    "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02,
    "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2",
    "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
    "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
    "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false, "use_sliding_window": false,
    "vocab_size": 151936})",
      "qwen25");
}

class Qwen2 : public ConfigFolder {
 protected:
  Qwen2() : ConfigFolder(qwen25()) {}
};

TEST_F(Qwen2, ReadsQwen25) {
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  DecoderSpec rung = *parse_model_name("qwen2.5-0.5b");
  rung.name.clear();
  EXPECT_EQ(*spec, rung);
  EXPECT_EQ(spec->biases, (Biases{true, false, false}));
  EXPECT_EQ(parameter_count(*spec), 494'032'768);
}

/// Qwen's cards tell people to add this for long texts.
TEST_F(Qwen2, ReadsYarn) {
  json_["rope_scaling"] =
      Json{{"type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 32768}};
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->position.rope.scaling, RopeScaling::yarn);
  EXPECT_EQ(spec->position.rope.original_positions, 32768);
  EXPECT_DOUBLE_EQ(spec->position.rope.attention_factor, 1.138629436111989);
  json_["rope_scaling"]["attention_factor"] = 1.5;
  EXPECT_EQ(read()->position.rope.attention_factor, 1.5);
}

TEST_F(Qwen2, HasWindowsFromALayerOn) {
  json_["use_sliding_window"] = true;
  json_["sliding_window"] = 128;
  json_["max_window_layers"] = 22;
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->window.size, 128);
  EXPECT_THAT(spec->window.layers, ElementsAre(22, 23));
  EXPECT_EQ(window_of(*spec, 21), 0);
  json_["max_window_layers"] = 0;
  EXPECT_EQ(read()->window, (Window{128, {}}));
  json_["max_window_layers"] = 24;
  EXPECT_EQ(read()->window, Window{});
}

TEST_F(Qwen2, LayerTypesWin) {
  json_["use_sliding_window"] = true;
  json_["sliding_window"] = 128;
  Json types(std::vector<std::string>(24, "full_attention"));
  types[5] = "sliding_attention";
  json_["layer_types"] = types;
  EXPECT_THAT(read()->window.layers, ElementsAre(5));
  EXPECT_THAT(error_with("layer_types", {"full_attention"}), HasSubstr("must be a list of 24 names"));
  types[5] = "chunked_attention";
  EXPECT_THAT(error_with("layer_types", types), HasSubstr("layer_types has \"chunked_attention\""));
  EXPECT_THAT(error_with("use_sliding_window", false), HasSubstr("no window is known"));
}

TEST_F(Qwen2, RefusesOtherBiases) {
  EXPECT_THAT(error_with("attention_bias", false), HasSubstr("attention_bias is false"));
  EXPECT_THAT(error_with("mlp_bias", true), HasSubstr("mlp_bias is true"));
  EXPECT_THAT(error_with("use_mrope", true), HasSubstr("use_mrope is true"));
  EXPECT_THAT(error_without("num_key_value_heads"), HasSubstr("'num_key_value_heads' is missing"));
}

/// As Qwen3-0.6B's folder has it.
class Qwen3 : public ConfigFolder {
 protected:
  Qwen3()
      : ConfigFolder(*parse_json(R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
    "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128,
    "hidden_act": "silu", "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072,
    "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16,
    "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null,
    "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
    "use_cache": true, "use_sliding_window": false, "vocab_size": 151936})",
                                 "qwen3")) {}
};

TEST_F(Qwen3, ReadsQwen3WithHeadsThatAreNotASplitOfTheWidth) {
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->family, &qwen3());
  EXPECT_TRUE(spec->qk_norm);
  EXPECT_EQ(head_size(*spec), 128);
  EXPECT_EQ(parameter_count(*spec), 596'049'920);
  json_.erase("head_dim");
  EXPECT_EQ(head_size(*read()), 128);  // transformers' default
  json_["head_dim"] = nullptr;
  EXPECT_EQ(head_size(*read()), 64);
}

TEST_F(Qwen3, NormsOfQueriesAndKeysAreNorms) {
  const auto all = tensors(*read());
  const auto norm =
      std::find_if(all.begin(), all.end(), [](const Tensor& one) { return one.role == Role::query_norm; });
  ASSERT_NE(norm, all.end());
  EXPECT_EQ(norm->name, "layers.0.self_attn.q_norm.weight");
  EXPECT_THAT(norm->shape, ElementsAre(128));
  EXPECT_TRUE(is_norm(norm->role));
}

TEST_F(Qwen3, AWindowNeedsItsSize) {
  EXPECT_THAT(error_with("use_sliding_window", true), HasSubstr("'sliding_window' is missing"));
}

}  // namespace
}  // namespace inferscale::family
