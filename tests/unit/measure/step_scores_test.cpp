#include "measure/step_scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

// What start and step say beside the chosen token.

namespace inferscale::measure {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr int kFourWords = 4;
const float kInfinite = std::numeric_limits<float>::infinity();

LogitsView view_of(const std::vector<float>& logits) {
  return {logits.data(), ElementType::f32, static_cast<int>(logits.size()) / kFourWords, 1, kFourWords};
}

TEST(StepScores, LogProbabilitiesAreOfTheGivenTokens) {
  const std::vector<float> logits{0, 1, 2, 3, 5, 5, 5, 5};
  const auto scores = next_log_probabilities(view_of(logits), std::array{1, 3}, kFourWords);
  ASSERT_TRUE(scores) << scores.error().message;
  const double sum = std::exp(0) + std::exp(1) + std::exp(2) + std::exp(3);
  EXPECT_THAT(*scores, ElementsAre(DoubleNear(1 - std::log(sum), 1e-6), DoubleNear(-std::log(4), 1e-6)));
}

TEST(StepScores, GapsAreBetweenTheTwoHighestLogits) {
  const std::vector<float> logits{7, 2, 6.5, -9, -1, -4, -3, -2, 3, 1, 2, 3};
  const auto gaps = top_gaps(view_of(logits), 3, kFourWords);
  ASSERT_TRUE(gaps) << gaps.error().message;
  EXPECT_THAT(*gaps, ElementsAre(0.5, 1, 0)) << "two highest logits are two tokens', be they equal";
}

TEST(StepScores, HalvesAreReadAsTheyAre) {
  const std::array<std::uint16_t, kFourWords> halves{0x3c00, 0x4000, 0xc000, 0x3e00};  // 1, 2, -2, 1.5
  const auto gaps = top_gaps({halves.data(), ElementType::f16, 1, 1, kFourWords}, 1, kFourWords);
  ASSERT_TRUE(gaps);
  EXPECT_THAT(*gaps, ElementsAre(0.5));
}

TEST(StepScores, WhatIsNoNumberOrOfAnotherShapeIsInvalidOutput) {
  for (const float bad : {std::nanf(""), kInfinite, -kInfinite}) {
    const std::vector<float> logits{0, 1, 2, 3, 0, bad, 2, 3};
    const auto gaps = top_gaps(view_of(logits), 2, kFourWords);
    const auto scores = next_log_probabilities(view_of(logits), std::array{0, 0}, kFourWords);
    ASSERT_FALSE(gaps || scores) << bad;
    EXPECT_EQ(gaps.error().outcome, Outcome::invalid_output);
    EXPECT_EQ(scores.error().outcome, Outcome::invalid_output);
    EXPECT_THAT(scores.error().message, ::testing::HasSubstr("sequence 1"));
  }
  const std::vector<float> logits{0, 1, 2, 3};
  EXPECT_FALSE(top_gaps(view_of(logits), 2, kFourWords));
  EXPECT_FALSE(next_log_probabilities(view_of(logits), std::array{9}, kFourWords + 6));
}

}  // namespace
}  // namespace inferscale::measure
