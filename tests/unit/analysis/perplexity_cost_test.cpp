#include "analysis/perplexity_cost.hpp"

#include <gtest/gtest.h>

#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

using test::judged;

TEST(PerplexityCost, IsTheLargestChangeOfTheModelsAskedFor) {
  const std::vector<record::QualityResult> quality{judged("a", "x", 50.4), judged("b", "x", 45),
                                                   judged("c", "x", 90), judged("a", "y", 60)};
  EXPECT_NEAR(*perplexity_cost(quality, "x", {"a", "b"}), -0.1, 1e-9);
  EXPECT_NEAR(*perplexity_cost(quality, "x", {"a"}), 0.008, 1e-9);
  EXPECT_EQ(perplexity_cost(quality, "y", {"b"}), std::nullopt);
}

TEST(PerplexityCost, OfRandomWeightsSaysNothing) {
  record::QualityResult random = judged("a", "x", 60);
  random.weights = "random";
  EXPECT_EQ(perplexity_cost(std::vector{random}, "x", {"a"}), std::nullopt);
}

TEST(PerplexityCost, HasALimitInBothDirections) {
  EXPECT_EQ(too_much_perplexity(0.36, std::nullopt), "");
  EXPECT_EQ(too_much_perplexity(0.019, 0.02), "");
  EXPECT_EQ(too_much_perplexity(-0.031, 0.02), "perplexity -3.10%, beyond 2%");
  EXPECT_EQ(too_much_perplexity(std::nullopt, 0.02), "its perplexity on trained weights is not known");
}

}  // namespace
}  // namespace inferscale::analysis
