#include "quality/perplexity.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace inferscale::quality {
namespace {

using ::testing::ElementsAre;

TokenSequences of_lengths(const std::vector<std::size_t>& lengths) {
  TokenSequences sequences;
  for (const std::size_t length : lengths) {
    sequences.emplace_back(length, 1);
  }
  return sequences;
}

TEST(PlanBatches, ByLengthPutsEverySequenceThatPredictsIntoOneBatch) {
  const auto sequences = of_lengths({1, 5, 128, 2, 17, 0, 90, 16, 33, 3});
  const auto batches = plan_batches(sequences, {4, true, 128});
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_THAT(batches[0].sequences, ElementsAre(2, 6, 8, 4));
  EXPECT_EQ(batches[0].length, 128);
  EXPECT_EQ(batches[0].counted, 4U);
  EXPECT_THAT(batches[1].sequences, ElementsAre(7, 1, 9, 3));
  EXPECT_EQ(batches[1].length, 16);
}

TEST(PlanBatches, ByLengthFillsTheLastBatchUpAndRoundsLengthsUp) {
  const auto batches = plan_batches(of_lengths({9, 4, 4, 4, 3}), {4, true, 12});
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].length, 12);  // 16, but the model has 12 positions
  EXPECT_THAT(batches[1].sequences, ElementsAre(4, 4, 4, 4));
  EXPECT_EQ(batches[1].counted, 1U);
  EXPECT_EQ(batches[1].length, 8);
}

TEST(PlanBatches, InOrderPadsToTheLongest) {
  const auto batches = plan_batches(of_lengths({5, 1, 9, 2, 3, 7}), {4, false, 1024});
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_THAT(batches[0].sequences, ElementsAre(0, 2, 3, 4));
  EXPECT_EQ(batches[0].length, 9);
  EXPECT_THAT(batches[1].sequences, ElementsAre(5));
  EXPECT_EQ(batches[1].counted, 1U);
  EXPECT_EQ(batches[1].length, 7);
}

TEST(PlanBatches, NothingThatPredictsGivesNoBatch) {
  EXPECT_TRUE(plan_batches(of_lengths({0, 1, 1}), {}).empty());
  EXPECT_TRUE(plan_batches({}, {}).empty());
}

TEST(Summarise, GivesTheTableOfOneCorpus) {
  const std::vector<double> values{-1, -2, -3, -6};
  const auto figures = summarise(values);
  EXPECT_EQ(figures.tokens, 4U);
  EXPECT_DOUBLE_EQ(figures.mean, -3);
  EXPECT_DOUBLE_EQ(figures.perplexity, std::exp(3.0));
  EXPECT_DOUBLE_EQ(figures.sd, std::sqrt((4 + 1 + 0 + 9) / 3.0));
  EXPECT_DOUBLE_EQ(figures.min, -6);
  EXPECT_DOUBLE_EQ(figures.max, -1);
}

TEST(Summarise, APerplexityBeyondEveryNumberIsRefused) {
  EXPECT_TRUE(check_has_perplexity(summarise(std::vector<double>{-700, -705})));
  const auto refused = check_has_perplexity(summarise(std::vector<double>{-2000, -2000}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().outcome, Outcome::invalid_output);
}

}  // namespace
}  // namespace inferscale::quality
