#include "cache_passes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tensorrt {
namespace {

using protocol::CacheShape;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CachePasses, APromptsAndAStepsOfEachCacheEachOnce) {
  const std::vector<CacheShape> caches{{1, 27, 64}, {1, 27, 192}, {4, 27, 64}, {1, 40, 64}};
  EXPECT_THAT(passes_of(caches),
              ElementsAre(CachePass{1, 27, 27}, CachePass{1, 1, 64}, CachePass{1, 1, 192},
                          CachePass{4, 27, 27}, CachePass{4, 1, 64}, CachePass{1, 40, 40}));
}

TEST(CachePasses, APromptOfOneTokenIsNoStep) {
  const auto passes = passes_of(std::vector<CacheShape>{{1, 1, 64}});
  EXPECT_THAT(passes, ElementsAre(CachePass{1, 1, 1}, CachePass{1, 1, 64}));
  EXPECT_EQ(find_pass(passes, prompt_pass({1, 1, 9})), 0U);
  EXPECT_EQ(find_step(passes, {1, 1, 9}), 1U);
}

TEST(CachePasses, AStepHasTheLeastCapacityThatIsEnough) {
  const std::vector<CachePass> passes{{1, 1, 192}, {1, 1, 64}, {2, 1, 64}, {1, 64, 64}};
  EXPECT_EQ(find_step(passes, {1, 8, 64}), 1U);
  EXPECT_EQ(find_step(passes, {1, 8, 65}), 0U);
  EXPECT_EQ(find_step(passes, {1, 8, 193}), std::nullopt);
  EXPECT_EQ(find_step(passes, {2, 8, 65}), std::nullopt);
}

TEST(CachePasses, WhatFitsNoneIsSaid) {
  const Error error = no_pass_for(std::vector<CachePass>{{1, 8, 8}, {1, 1, 64}}, {2, 8, 70});
  EXPECT_EQ(error.outcome, Outcome::profile_mismatch);
  EXPECT_THAT(error.message, HasSubstr("2 sequences, of prompts of 8 and up to 70 tokens"));
  EXPECT_THAT(error.message, HasSubstr("[1, 8] over 8, [1, 1] over 64"));
}

}  // namespace
}  // namespace inferscale::tensorrt
