#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "family/families.hpp"
#include "family/ladder.hpp"
#include "family/resolve.hpp"
#include "support/temporary_folder.hpp"
#include "unit/model/safetensors_support.hpp"

namespace inferscale::model {
namespace {
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class HuggingFace : public testing::Test {
 protected:
  void write() const { test::write_bytes(folder_ / "config.json", to_pretty(json_)); }
  [[nodiscard]] Result<DecoderSpec> read() const {
    write();
    return read_hugging_face_config(folder_ / "config.json");
  }
  /// The error with one field changed.
  [[nodiscard]] std::string error_with(const char* field, const Json& value) {
    const Json before = json_;
    json_[field] = value;
    const auto config = read();
    json_ = before;
    EXPECT_FALSE(config) << field;
    const std::string message = config ? std::string() : config.error().message;
    EXPECT_THAT(message, StartsWith((folder_ / "config.json").string() + ":"));
    return message;
  }

  test::TemporaryFolder folder_;
  Json json_{{"model_type", "gpt2"}, {"n_layer", 2},    {"n_embd", 4},   {"n_head", 2},
             {"n_positions", 5},     {"vocab_size", 7}, {"n_ctx", 1024}, {"n_inner", 6},
             {"resid_pdrop", 0.1},   {"task", nullptr}};
};

TEST_F(HuggingFace, ReadsTheShape) {
  json_["layer_norm_epsilon"] = 1e-6;
  json_["activation_function"] = "gelu_pytorch_tanh";
  const auto config = read();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->hidden, 4);
  EXPECT_EQ(config->heads, 2);
  EXPECT_EQ(config->positions, 5);
  EXPECT_EQ(config->vocabulary, 7);
  EXPECT_EQ(config->inner, 6);
  EXPECT_EQ(config->norm.epsilon, 1e-6);
  EXPECT_EQ(config->mlp.activation, Activation::gelu_new);
}

TEST_F(HuggingFace, DefaultsAreGpt2s) {
  json_ = Json{{"architectures", {"GPT2LMHeadModel"}},
               {"n_layer", 12},
               {"n_embd", 768},
               {"n_head", 12},
               {"n_ctx", 512}};
  json_["n_inner"] = nullptr;
  const auto config = read();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->vocabulary, 50257);
  EXPECT_EQ(config->positions, 512);
  EXPECT_EQ(config->inner, 3072);
  json_.erase("n_ctx");
  EXPECT_EQ(parameter_count(*read()), 124'439'808);
}

TEST_F(HuggingFace, ReadsVariantsOfGpt2) {
  json_["activation_function"] = "gelu";
  json_["scale_attn_by_inverse_layer_idx"] = true;
  json_["tie_word_embeddings"] = false;
  const auto config = read();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->mlp.activation, Activation::gelu);
  EXPECT_TRUE(config->scale.by_inverse_layer);
  EXPECT_FALSE(config->tied_head);
  EXPECT_DOUBLE_EQ(attention_scale(*config, 1), 1 / std::sqrt(2.0) / 2);
  EXPECT_EQ(tensors(*config).back().name, "lm_head.weight");
  json_["tie_word_embeddings"] = true;
  EXPECT_EQ(parameter_count(*config), parameter_count(*read()) + 28);  // 7 tokens of width 4
  json_["activation_function"] = "relu";
  EXPECT_EQ(read()->mlp.activation, Activation::relu);
}

TEST_F(HuggingFace, TakesTheOrderOfAttentionThatChangesNoFunction) {
  const auto plain = read();
  ASSERT_TRUE(plain) << plain.error().message;
  json_["reorder_and_upcast_attn"] = true;
  const auto config = read();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(to_json(*config), to_json(*plain));
}

TEST_F(HuggingFace, NamesFamiliesAndSettingsThatAreNotSupported) {
  EXPECT_THAT(
      error_with("model_type", "mamba"),
      HasSubstr(
          "model_type is \"mamba\", but only gpt2, opt, llama, mistral, qwen2 and qwen3 are supported"));
  EXPECT_THAT(error_with("model_type", nullptr), HasSubstr("'model_type' is missing"));
  EXPECT_THAT(error_with("activation_function", "mish"),
              AllOf(HasSubstr("activation_function is \"mish\", but only gelu_new"),
                    HasSubstr("gelu, relu and silu (also called swish) are supported")));
  EXPECT_THAT(error_with("activation_function", 3), HasSubstr("activation_function is 3"));
  EXPECT_THAT(error_with("scale_attn_weights", false),
              HasSubstr("scale_attn_weights is false, but only true"));
  EXPECT_THAT(error_with("scale_attn_by_inverse_layer_idx", 1), HasSubstr("scale_attn_by_inverse_layer_idx"));
  EXPECT_THAT(error_with("add_cross_attention", true), HasSubstr("but only false"));
  EXPECT_THAT(error_with("tie_word_embeddings", "no"), HasSubstr("tie_word_embeddings"));
}

TEST_F(HuggingFace, NamesFieldsThatAreWrong) {
  EXPECT_THAT(error_with("n_layer", nullptr), HasSubstr("field 'n_layer' is missing"));
  EXPECT_THAT(error_with("n_layer", "2"), HasSubstr("field 'n_layer' must be an integer"));
  EXPECT_THAT(error_with("n_layer", 0), HasSubstr("field 'n_layer' must be at least 1, not 0"));
  EXPECT_THAT(error_with("n_embd", 5), HasSubstr("n_head must divide n_embd, and 2 does not divide 5"));
  EXPECT_THAT(error_with("n_embd", 1e9), HasSubstr("'n_embd' must be an integer"));
  EXPECT_THAT(error_with("vocab_size", 1 << 30), HasSubstr("field 'vocab_size' must be at most 16777216"));
  EXPECT_THAT(error_with("vocab_size", 1000000000000),
              HasSubstr("field 'vocab_size' must be at most 16777216, not 1000000000000"));
  EXPECT_THAT(error_with("n_positions", 2147483648),
              HasSubstr("field 'n_positions' must be at most 1048576, not 2147483648"));
  EXPECT_THAT(error_with("n_layer", -2147483649), HasSubstr("field 'n_layer' must be from -2147483648 to"));
  EXPECT_THAT(error_with("layer_norm_epsilon", 0), HasSubstr("layer_norm_epsilon must lie between 0 and 1"));
  json_ = Json::array();
  EXPECT_THAT(read().error().message, HasSubstr("must be a JSON object"));
}

TEST_F(HuggingFace, FoldersResolveToModelsWhoseWeightsAreConverted) {
  write();
  const auto source_config =
      parse_model_name("gpt2:layers=2,hidden=4,heads=2,vocabulary=7,positions=5,inner=6");
  ASSERT_TRUE(write_seeded_weights(*source_config, 9, folder_ / "model.safetensors"));
  const auto model = resolve_model(folder_.path().string() + "/");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, folder_.path().filename());
  EXPECT_EQ(model->config.name, model->name);
  EXPECT_FALSE(model->seeded());
  ASSERT_TRUE(write_weights(*model, 0, folder_ / "out" / "w.safetensors"));
  EXPECT_TRUE(WeightSource::open(folder_ / "out" / "w.safetensors", model->config));
}

TEST_F(HuggingFace, AFolderNamedLikeARungGetsANameOfItsOwn) {
  std::filesystem::create_directory(folder_ / "gpt2-5m");
  std::filesystem::create_directory(folder_ / "mine");
  for (const char* name : {"gpt2-5m", "mine"}) {
    test::write_bytes(folder_ / name / "config.json", to_pretty(json_));
  }
  EXPECT_EQ(resolve_model((folder_ / "gpt2-5m").string())->name, "gpt2-5m-trained");
  EXPECT_EQ(resolve_model((folder_ / "mine").string())->name, "mine");
}

TEST(ResolveNames, KnowsRungsAndShapes) {
  EXPECT_TRUE(resolve_model("gpt2")->seeded());
  EXPECT_EQ(resolve_model("gpt2")->config, family::gpt2().ladder().back());
  EXPECT_EQ(resolve_model("gpt2:layers=1,heads=1,hidden=8")->name, "gpt2:layers=1,hidden=8,heads=1");
}

TEST(ResolveNames, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto error = [](const std::string& name) {
    const auto model = resolve_model(name);
    EXPECT_FALSE(model) << name;
    return model ? Error{} : model.error();
  };
  const Error unknown = error("gpt2-5");
  EXPECT_TRUE(unknown.usage);
  EXPECT_THAT(unknown.message,
              AllOf(HasSubstr("neither a name of the ladder nor a folder"), HasSubstr("did you mean")));
  EXPECT_THAT(error("gpt2:layers=1").message, HasSubstr("'hidden' is missing"));
  EXPECT_THAT(error(folder.path().string()).message, HasSubstr("the folder is empty"));
  test::write_bytes(folder / "file", "x");
  EXPECT_THAT(error((folder / "file").string()).message, HasSubstr("is a file; give the folder"));
}

}  // namespace
}  // namespace inferscale::model
