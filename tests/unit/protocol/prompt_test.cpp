#include "protocol/prompt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace inferscale::protocol {
namespace {

std::vector<std::int32_t> prompt(std::uint64_t seed, std::size_t count, int vocabulary = 50257) {
  std::vector<std::int32_t> ids(count);
  fill_prompt(seed, vocabulary, ids);
  return ids;
}

// The numbers are a promise to workers in other languages; computed by an independent SplitMix64 in Python.
TEST(Prompt, IsSplitMix64ModuloTheVocabulary) {
  EXPECT_THAT(prompt(0, 4), ::testing::ElementsAre(38793, 16794, 30050, 7480));
  EXPECT_THAT(prompt(118, 4), ::testing::ElementsAre(13379, 9211, 47618, 35259));
  EXPECT_THAT(prompt(~std::uint64_t{0}, 2, 7), ::testing::ElementsAre(0, 1));
}

TEST(Prompt, StaysInTheVocabulary) {
  for (const int vocabulary : {1, 2, 100, 50257}) {
    const auto ids = prompt(5, 2000, vocabulary);
    EXPECT_GE(*std::min_element(ids.begin(), ids.end()), 0);
    EXPECT_LT(*std::max_element(ids.begin(), ids.end()), vocabulary);
  }
}

TEST(Prompt, OfAnotherSeedIsAnother) {
  EXPECT_NE(prompt(1, 16), prompt(2, 16));
}

}  // namespace
}  // namespace inferscale::protocol
