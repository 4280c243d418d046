#include "family/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  ASSERT_EQ(ladder().size(), expected.size());
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

TEST(ParseModelName, RefusesWithASentenceThatSaysWhatToDo) {
  const auto message = [](std::string_view name) {
    const auto config = parse_model_name(name);
    EXPECT_FALSE(config) << name;
    EXPECT_TRUE(config ? false : config.error().usage) << name;
    return config ? std::string() : config.error().message;
  };
  EXPECT_THAT(message("gpt2-25"),
              HasSubstr("unknown model 'gpt2-25'; did you mean 'gpt2-25m'? The ladder has tiny"));
  EXPECT_THAT(message("llama"), testing::Not(HasSubstr("did you mean")));
  EXPECT_THAT(message(""), HasSubstr("unknown model ''"));
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

TEST(Validate, NamesWhatNoBlockComputes) {
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
  spec.family = nullptr;
  EXPECT_THAT(validate(spec).error().message, HasSubstr("no family"));
}

}  // namespace
}  // namespace inferscale::model
