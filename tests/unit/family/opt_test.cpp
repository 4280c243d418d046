#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "family/families.hpp"
#include "family/ladder.hpp"
#include "support/temporary_folder.hpp"
#include "unit/model/safetensors_support.hpp"

namespace inferscale::family {
namespace {

using namespace model;
using testing::HasSubstr;

class Opt : public testing::Test {
 protected:
  [[nodiscard]] Result<DecoderSpec> read() const {
    test::write_bytes(folder_ / "config.json", to_pretty(json_));
    return read_hugging_face_config(folder_ / "config.json");
  }
  [[nodiscard]] std::string error_with(const char* field, const Json& value) {
    const Json before = json_;
    json_[field] = value;
    const auto spec = read();
    json_ = before;
    EXPECT_FALSE(spec) << field;
    return spec ? std::string() : spec.error().message;
  }

  test::TemporaryFolder folder_;
  /// facebook/opt-125m's.
  Json json_{{"model_type", "opt"},
             {"num_hidden_layers", 12},
             {"hidden_size", 768},
             {"num_attention_heads", 12},
             {"ffn_dim", 3072},
             {"vocab_size", 50272},
             {"max_position_embeddings", 2048},
             {"word_embed_proj_dim", 768},
             {"activation_function", "relu"},
             {"do_layer_norm_before", true},
             {"_remove_final_layer_norm", false}};
};

TEST_F(Opt, ReadsOpt125m) {
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->family, &opt());
  EXPECT_EQ(spec->mlp.activation, Activation::relu);
  EXPECT_EQ(spec->position.offset, 2);
  EXPECT_TRUE(spec->tied_head);
  EXPECT_EQ(parameter_count(*spec), 125'239'296);
}

TEST_F(Opt, HasAProjectionForEachOfQueryKeyAndValue) {
  json_["tie_word_embeddings"] = false;
  const auto all = tensors(*read());
  for (const Role role : {Role::query, Role::key, Role::value}) {
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [&](const Tensor& one) { return one.role == role; }), 24);
  }
  EXPECT_EQ(all[1].shape.at(0), 2050);
  EXPECT_EQ(all.back().name, "lm_head.weight");
}

TEST_F(Opt, RefusesWhatNoBlockComputes) {
  EXPECT_THAT(error_with("do_layer_norm_before", false),
              HasSubstr("do_layer_norm_before is false, but only true is supported"));
  EXPECT_THAT(error_with("word_embed_proj_dim", 512),
              HasSubstr("word_embed_proj_dim is 512, but only hidden_size, 768, is supported"));
  EXPECT_THAT(error_with("_remove_final_layer_norm", true), HasSubstr("_remove_final_layer_norm is true"));
  EXPECT_THAT(error_with("enable_bias", false), HasSubstr("enable_bias is false"));
  EXPECT_THAT(error_with("layer_norm_elementwise_affine", false),
              HasSubstr("layer_norm_elementwise_affine is false"));
}

TEST_F(Opt, ShapesHaveItsNameAndDefaults) {
  const auto spec = parse_model_name("opt:heads=2,layers=1,hidden=8");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->name, "opt:layers=1,hidden=8,heads=2");
  EXPECT_EQ(spec->vocabulary, 50272);
  EXPECT_EQ(spec->position.offset, 2);
  EXPECT_EQ(to_json(*spec)["family"], "opt");
  EXPECT_THAT(split_model_names("opt:layers=1,hidden=8,heads=2,gpt2"),
              testing::ElementsAre("opt:layers=1,hidden=8,heads=2", "gpt2"));
}

}  // namespace
}  // namespace inferscale::family
