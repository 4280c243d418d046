#include "model/rope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace inferscale::model {
namespace {
using testing::HasSubstr;

Rope llama31() {
  return {.theta = 500000,
          .scaling = RopeScaling::llama3,
          .factor = 8,
          .original_positions = 8192,
          .low_freq_factor = 1,
          .high_freq_factor = 4};
}

struct Known {
  std::size_t index;
  float frequency;
};

void expect_frequencies(const Rope& rope, int head_size, const std::vector<Known>& known) {
  const auto frequencies = rope_frequencies(rope, head_size);
  ASSERT_EQ(frequencies.size(), static_cast<std::size_t>(head_size / 2));
  for (const Known& one : known) {
    EXPECT_FLOAT_EQ(frequencies.at(one.index), one.frequency) << one.index;
  }
}

// The numbers are transformers' (LlamaRotaryEmbedding.inv_freq, 5.24.0).

TEST(Rope, OfLlama31HasItsFrequencies) {
  expect_frequencies(llama31(), 128,
                     {{0, 1.0F},
                      {1, 0.8146172165870667F},
                      {20, 0.016560440883040428F},
                      {28, 0.0032114461064338684F},
                      {30, 0.0013718936825171113F},
                      {32, 0.0005248460220173001F},
                      {34, 0.0001785077911335975F},
                      {36, 7.784655463183299e-05F},
                      {63, 3.068925877869333e-07F}});
}

TEST(Rope, OfYarnHasTheRampOfThePaper) {
  const Rope rope{.theta = 1e6, .scaling = RopeScaling::yarn, .factor = 4, .original_positions = 32768};
  expect_frequencies(rope, 128,
                     {{0, 1.0F},
                      {20, 0.01333521492779255F},
                      {25, 0.004131738096475601F},
                      {30, 0.0010643609566614032F},
                      {35, 0.0002462583943270147F},
                      {40, 4.4456985051510856e-05F},
                      {63, 3.102344408034696e-07F}});
}

TEST(Rope, LinearDividesEveryFrequency) {
  expect_frequencies({.theta = 1e4, .scaling = RopeScaling::linear, .factor = 4}, 8,
                     {{0, 0.25F}, {1, 0.02500000037252903F}, {3, 0.0002500000118743628F}});
}

TEST(Rope, DynamicChangesNothingUpToTheModelsPositions) {
  const Rope plain;
  Rope dynamic = plain;
  dynamic.scaling = RopeScaling::dynamic;
  dynamic.factor = 4;
  EXPECT_EQ(rope_frequencies(dynamic, 64), rope_frequencies(plain, 64));
}

/// The angle is the fp32 product, which a model was trained with; its cosine is the exact one's.
TEST(Rope, TablesAreOfTheFp32Angle) {
  Rope rope;
  rope.attention_factor = 2;
  const auto frequencies = rope_frequencies(rope, 64);
  const auto table = rope_table(rope, 64, 8192);
  ASSERT_EQ(table.cos.size(), 8192U * 32);
  for (const int place : {0, 1, 4097, 8191}) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{31}}) {
      const float angle = static_cast<float>(place) * frequencies[i];
      const std::size_t at = static_cast<std::size_t>(place) * 32 + i;
      EXPECT_FLOAT_EQ(table.cos[at], 2 * static_cast<float>(std::cos(static_cast<double>(angle))));
      EXPECT_FLOAT_EQ(table.sin[at], 2 * static_cast<float>(std::sin(static_cast<double>(angle))));
    }
  }
}

TEST(Rope, NamesWhatIsOutOfRange) {
  EXPECT_TRUE(validate(llama31(), 128));
  const auto message = [](auto change, int head_size = 128) {
    Rope rope = llama31();
    change(rope);
    const auto valid = validate(rope, head_size);
    return valid ? std::string() : valid.error().message;
  };
  EXPECT_THAT(message([](Rope& rope) { rope.theta = 0; }), HasSubstr("theta must lie above 1"));
  EXPECT_THAT(message([](Rope& rope) { rope.theta = std::nan(""); }), HasSubstr("theta"));
  EXPECT_THAT(message([](Rope& rope) { rope.factor = 0.5; }), HasSubstr("factor must be from 1"));
  EXPECT_THAT(message([](Rope& rope) { rope.low_freq_factor = 4; }),
              HasSubstr("must be below high_freq_factor"));
  EXPECT_THAT(message([](Rope& rope) { rope.original_positions = 0; }),
              HasSubstr("original_max_position_embeddings"));
  EXPECT_THAT(message([](Rope& rope) { rope.beta_fast = 0.5; }), HasSubstr("beta_fast"));
  EXPECT_THAT(message([](Rope& rope) { rope.attention_factor = -1; }), HasSubstr("attention_factor"));
  EXPECT_THAT(message([](Rope& /*rope*/) {}, 15), HasSubstr("head_size must be even, not 15"));
}

}  // namespace
}  // namespace inferscale::model
