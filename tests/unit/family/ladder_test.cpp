#include "family/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "family/families.hpp"
#include "model/weights.hpp"

namespace inferscale::model {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Ladder, HasTheDesignsRungsWithTheirExactParameterCounts) {
  struct Rung {
    const char* name;
    int layers, hidden, heads;
    std::int64_t parameters;
  };
  const std::vector<Rung> expected{
      {"tiny-gpt2", 2, 2, 2, 102'714},      {"gpt2-5m", 1, 96, 3, 5'035'008},
      {"gpt2-1m", 3, 192, 3, 11'180'928},   {"gpt2-25m", 3, 384, 6, 25'016'064},
      {"gpt2-45m", 6, 512, 8, 45'171'200},  {"gpt2-50m", 8, 512, 8, 51'475'968},
      {"gpt2-75m", 5, 768, 12, 74'824'704}, {"gpt2-100m", 8, 768, 12, 96'088'320},
      {"gpt2", 12, 768, 12, 124'439'808}};
  ASSERT_EQ(family::gpt2().ladder().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const DecoderSpec& config = ladder()[i];
    EXPECT_EQ(config.name, expected[i].name);
    EXPECT_EQ(config.layers, expected[i].layers);
    EXPECT_EQ(config.hidden, expected[i].hidden);
    EXPECT_EQ(config.heads, expected[i].heads);
    EXPECT_EQ(config.vocabulary, 50257);
    EXPECT_EQ(config.positions, 1024);
    EXPECT_EQ(parameter_count(config), expected[i].parameters);
    EXPECT_TRUE(validate(config));
  }
}

/// The shapes of models that people serve, counted as their cards count them.
TEST(Ladder, HasLlamasAndAQwen) {
  struct Rung {
    const char* name;
    int layers, hidden, heads, kv_heads, inner, vocabulary;
    std::int64_t parameters;
  };
  const std::vector<Rung> expected{{"llama-15m", 6, 288, 6, 6, 768, 32000, 15'191'712},
                                   {"smollm2-135m", 30, 576, 9, 3, 1536, 49152, 134'515'008},
                                   {"smollm2-360m", 32, 960, 15, 5, 2560, 49152, 361'821'120},
                                   {"llama3.2-1b", 16, 2048, 32, 8, 8192, 128256, 1'235'814'400},
                                   {"smollm2-1.7b", 24, 2048, 32, 32, 8192, 49152, 1'711'376'384},
                                   {"llama3.2-3b", 28, 3072, 24, 8, 8192, 128256, 3'212'749'824},
                                   {"llama3.1-8b", 32, 4096, 32, 8, 14336, 128256, 8'030'261'248},
                                   {"qwen2.5-0.5b", 24, 896, 14, 2, 4864, 151936, 494'032'768}};
  ASSERT_EQ(ladder().size(), family::gpt2().ladder().size() + expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const DecoderSpec& config = ladder()[family::gpt2().ladder().size() + i];
    EXPECT_EQ(config.name, expected[i].name);
    EXPECT_EQ(config.layers, expected[i].layers);
    EXPECT_EQ(config.hidden, expected[i].hidden);
    EXPECT_EQ(config.heads, expected[i].heads);
    EXPECT_EQ(kv_heads(config), expected[i].kv_heads);
    EXPECT_EQ(config.inner, expected[i].inner);
    EXPECT_EQ(config.vocabulary, expected[i].vocabulary);
    EXPECT_EQ(parameter_count(config), expected[i].parameters) << config.name;
    EXPECT_TRUE(validate(config)) << config.name;
  }
}

/// V d + P d + L (4 d^2 + 2 d inner + 9 d + inner) + 2 d, GPT-2's count in closed form.
TEST(ParameterCount, OfGpt2IsItsClosedForm) {
  for (const char* name : {"gpt2", "gpt2:layers=2,hidden=12,heads=3,vocabulary=31,positions=17,inner=29",
                           "gpt2:layers=1,hidden=1,heads=1,vocabulary=1,positions=1,inner=1"}) {
    const auto config = parse_model_name(name);
    ASSERT_TRUE(config);
    const std::int64_t d = config->hidden;
    const std::int64_t inner = config->inner;
    EXPECT_EQ(parameter_count(*config), (std::int64_t{config->vocabulary} + config->positions) * d +
                                            config->layers * (4 * d * d + 2 * d * inner + 9 * d + inner) +
                                            2 * d)
        << name;
  }
}

TEST(ParseModelName, TakesShapesAndMakesTheirNamesCanonical) {
  const auto config = parse_model_name("gpt2:heads=10,layers=7,hidden=640");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->name, "gpt2:layers=7,hidden=640,heads=10");
  EXPECT_EQ(config->layers, 7);
  EXPECT_EQ(config->hidden, 640);
  EXPECT_EQ(config->heads, 10);
  EXPECT_EQ(config->inner, 2560);
  EXPECT_EQ(*parse_model_name(config->name), *config);
  EXPECT_EQ(parse_model_name("gpt2:inner=5,layers=1,hidden=2,heads=1,positions=1024,vocabulary=9")->name,
            "gpt2:layers=1,hidden=2,heads=1,vocabulary=9,inner=5");
}

TEST(ParseModelName, TakesWhatALlamaHasBeside) {
  const auto config =
      parse_model_name("llama:layers=2,hidden=64,heads=4,kv_heads=2,inner=96,vocabulary=100,positions=64");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "llama:layers=2,hidden=64,heads=4,kv_heads=2,vocabulary=100,positions=64,inner=96");
  EXPECT_EQ(kv_heads(*config), 2);
  EXPECT_EQ(*parse_model_name(config->name), *config);
  EXPECT_EQ(parse_model_name("llama:layers=2,hidden=64,heads=4,kv_heads=4,head_size=16")->name,
            "llama:layers=2,hidden=64,heads=4");
  EXPECT_TRUE(parse_model_name("qwen2:layers=1,hidden=8,heads=2")->biases.attention);
  EXPECT_EQ(head_size(*parse_model_name("qwen3:layers=1,hidden=10,heads=4,head_size=6")), 6);
}

TEST(ParseModelName, RefusesWithASentenceThatSaysWhatToDo) {
  const auto message = [](std::string_view name) {
    const auto config = parse_model_name(name);
    EXPECT_FALSE(config) << name;
    EXPECT_TRUE(config ? false : config.error().usage) << name;
    return config ? std::string() : config.error().message;
  };
  EXPECT_THAT(message("gpt2-25"),
              HasSubstr("unknown model 'gpt2-25'; did you mean 'gpt2-25m'? The ladder has tiny"));
  EXPECT_THAT(message("mamba"), testing::Not(HasSubstr("did you mean")));
  EXPECT_THAT(message(""), HasSubstr("unknown model ''"));
  EXPECT_THAT(message("llama:layers=2,hidden=64,heads=4,kv_heads=3"), HasSubstr("3 does not divide 4"));
  EXPECT_THAT(message("gpt2:layers=2,hidden=64,heads=4,kv_heads=2"), HasSubstr("GPT-2 has no others"));
  EXPECT_THAT(message("gpt2:layers=2,hidden=64,heads=4,head_size=8"),
              HasSubstr("head_size must be hidden / heads"));
  EXPECT_THAT(message("gpt2:"), HasSubstr("unknown key ''"));
  EXPECT_THAT(message("gpt2:layers=7,hidden=640"), HasSubstr("'heads' is missing"));
  EXPECT_THAT(message("gpt2:layers=7,hidden=640,heads=9"), HasSubstr("9 does not divide 640"));
  EXPECT_THAT(message("gpt2:layers=7,layers=7,hidden=640,heads=10"), HasSubstr("'layers' appears twice"));
  EXPECT_THAT(message("gpt2:layers=7,hidden=640,heads=10,"), HasSubstr("unknown key ''"));
  EXPECT_THAT(message("gpt2:layers=7,hidden=640,heads=10,depth=3"), HasSubstr("unknown key 'depth'"));
  for (const char* value : {"", "0", "-1", "7.5", "7x", "+7", "99999999999", "2000"}) {
    EXPECT_THAT(message(fmt::format("gpt2:layers={},hidden=640,heads=10", value)), HasSubstr("layers"))
        << value;
  }
}

TEST(SplitModelNames, LeavesTheCommasOfAShapeAlone) {
  EXPECT_THAT(split_model_names("gpt2,gpt2:layers=7,hidden=640,heads=10,gpt2-5m,./a=b"),
              ElementsAre("gpt2", "gpt2:layers=7,hidden=640,heads=10", "gpt2-5m", "./a=b"));
  EXPECT_THAT(split_model_names("gpt2:layers=1,hidden=2,heads=1,gpt2:layers=2,hidden=2,heads=1"),
              ElementsAre("gpt2:layers=1,hidden=2,heads=1", "gpt2:layers=2,hidden=2,heads=1"));
  EXPECT_THAT(split_model_names(" gpt2 , gpt2-5m,  "), ElementsAre("gpt2", "gpt2-5m"));
  EXPECT_THAT(split_model_names(""), ElementsAre());
}

/// The JSON is part of the keys of artifacts: GPT-2's stays the same to the byte.
TEST(SpecJson, OfGpt2HasTheFieldsThatItAlwaysHad) {
  const DecoderSpec spec = *parse_model_name("gpt2:layers=1,hidden=4,heads=2,inner=7");
  EXPECT_EQ(
      to_line(to_json(spec)),
      R"({"name":"gpt2:layers=1,hidden=4,heads=2,inner=7","layers":1,"hidden":4,"heads":2,)"
      R"("vocabulary":50257,"positions":1024,"inner":7,"layer_norm_epsilon":1e-05,"activation":"gelu_new"})");
}

TEST(SpecJson, NamesWhatDiffersFromGpt2) {
  DecoderSpec spec = *parse_model_name("gpt2:layers=1,hidden=4,heads=2,inner=7");
  const Json before = to_json(spec);
  spec.tied_head = false;
  spec.scale.by_inverse_layer = true;
  spec.mlp.activation = Activation::relu;
  spec.position.offset = 2;
  Json expected = before;
  expected["activation"] = "relu";
  expected["position_offset"] = 2;
  expected["tied_head"] = false;
  expected["scale_by_inverse_layer"] = true;
  EXPECT_EQ(to_json(spec), expected);
}

TEST(SpecJson, OfALlamaSaysWhatItComputes) {
  EXPECT_EQ(
      to_line(to_json(*parse_model_name("llama3.1-8b"))),
      R"({"name":"llama3.1-8b","layers":32,"hidden":4096,"heads":32,"vocabulary":128256,)"
      R"("positions":131072,"inner":14336,"layer_norm_epsilon":1e-05,"activation":"silu","family":"llama",)"
      R"("kv_heads":8,"attention_bias":false,"mlp_bias":false,"tied_head":false,)"
      R"("attention_output_bias":false,"norm":"rms","position":"rope","rope":{"theta":500000.0,)"
      R"("scaling":"llama3","factor":8.0,"original_max_position_embeddings":8192},"gated_mlp":true})");
}

TEST(Validate, NamesWhatTheFamilyDoesNotHave) {
  const DecoderSpec good = *parse_model_name("gpt2:layers=1,hidden=4,heads=2");
  EXPECT_TRUE(validate(good));
  DecoderSpec spec = good;
  spec.norm.kind = NormKind::rms;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("root mean square"));
  spec = good;
  spec.mlp.gated = true;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("gated"));
  spec = good;
  spec.kv_heads = 1;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("kv_heads must be heads, 2, not 1"));
  spec = good;
  spec.position.kind = PositionKind::rope;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("GPT-2 has learned positions, not rope"));
  spec = good;
  spec.window.size = 2;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("GPT-2 has no sliding window"));
  spec = good;
  spec.qk_norm = true;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("no norm of queries and keys"));
  spec = *parse_model_name("llama:layers=1,hidden=4,heads=2");
  spec.mlp.gated = false;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("Llama has a gated MLP"));
  spec = *parse_model_name("llama:layers=1,hidden=4,heads=2");
  spec.window = {2, {1}};
  EXPECT_THAT(validate(spec).error().message, HasSubstr("window_layers must be from 0 to 0, not 1"));
  spec = good;
  spec.family = nullptr;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("no family"));
}

}  // namespace
}  // namespace inferscale::model
