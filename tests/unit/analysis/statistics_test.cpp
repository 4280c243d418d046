#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "analysis/comparison.hpp"
#include "analysis/cost.hpp"
#include "analysis/interval.hpp"
#include "analysis/outlier.hpp"
#include "analysis/proportion.hpp"

namespace inferscale::analysis {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::vector<double>;

TEST(Estimate, FewerThanTwoValuesHaveNoInterval) {
  EXPECT_EQ(estimate({}).n, 0);
  EXPECT_FALSE(estimate({}).ci95);
  const Estimate one = estimate(Values{5});
  EXPECT_EQ(one.n, 1);
  EXPECT_EQ(one.mean, 5);
  EXPECT_EQ(one.sd, 0);
  EXPECT_FALSE(one.ci95);
}

TEST(Estimate, EqualValuesHaveExactlyNoSpread) {
  const Estimate same = estimate(Values{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
  EXPECT_EQ(same.mean, 0.1);
  EXPECT_EQ(same.sd, 0);
  EXPECT_EQ(same.ci95->low, 0.1);
}

TEST(ArithmeticMean, OfEqualValuesIsExactlyTheirs) {
  EXPECT_EQ(arithmetic_mean({}), 0);
  EXPECT_EQ(arithmetic_mean(std::vector<double>(3, 0.1)), 0.1) << "the sum is 0.30000000000000004";
  EXPECT_EQ(arithmetic_mean(std::vector<double>{1, 2, 6}), 3);
}

/// The interval means what it says at the five repetitions of a study: 94% to 96%.
TEST(Estimate, CoversAtFiveRepetitions) {
  std::mt19937_64 random(118);
  std::normal_distribution<double> latency(20, 0.6);
  constexpr int kStudies = 40000;
  int covered = 0;
  for (int study = 0; study < kStudies; ++study) {
    Values values(5);
    for (double& value : values) {
      value = latency(random);
    }
    const auto interval = estimate(values).ci95;
    covered += interval->low <= 20 && 20 <= interval->high ? 1 : 0;
  }
  EXPECT_GE(covered, 0.94 * kStudies);
  EXPECT_LE(covered, 0.96 * kStudies);
}

TEST(CompareRatio, CoversAndRejectsAtTheNominalRate) {
  std::mt19937_64 random(118);
  std::normal_distribution<double> noise(0, 0.02);
  std::normal_distribution<double> more_noise(0, 0.04);
  constexpr int kStudies = 20000;
  int covered = 0;
  for (int study = 0; study < kStudies; ++study) {
    Values first(5);
    Values second(5);
    for (std::size_t i = 0; i < 5; ++i) {
      first[i] = 1.3 * std::exp(noise(random));
      second[i] = std::exp(more_noise(random));
    }
    const auto interval = compare_ratio(first, second).ci95;
    covered += interval->low <= 1.3 && 1.3 <= interval->high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kStudies, 0.95, 0.01);
}

TEST(CompareRatio, OneRepetitionGivesARatioAndNothingElse) {
  const RatioTest test = compare_ratio(Values{10}, Values{4, 5, 6});
  EXPECT_NEAR(test.ratio, 10 / std::cbrt(120), 1e-12);
  EXPECT_FALSE(test.ci95 || test.t || test.df || test.p || test.cohens_d || test.hedges_g);
  EXPECT_EQ(test.winner, 0);
  EXPECT_EQ(compare_ratio({}, Values{1, 2}).n_second, 2);
  EXPECT_FALSE(compare_ratio({}, Values{1, 2}).ci95);
}

TEST(CompareRatio, NoSpreadAtAll) {
  const RatioTest differ = compare_ratio(Values{2, 2, 2}, Values{1, 1, 1});
  EXPECT_EQ(*differ.p, 0);
  EXPECT_TRUE(std::isinf(*differ.t));
  EXPECT_EQ(*differ.df, 4);
  EXPECT_EQ(differ.winner, 1);
  EXPECT_DOUBLE_EQ(differ.ci95->low, 2);
  EXPECT_FALSE(differ.cohens_d);
  const RatioTest same = compare_ratio(Values{0.3, 0.3, 0.3}, Values{0.3, 0.3});
  EXPECT_EQ(*same.p, 1);
  EXPECT_EQ(*same.t, 0);
  EXPECT_EQ(same.winner, 0);
}

TEST(CompareRatio, SwappingFlipsEverySign) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> value(3, 0.1);
  for (int i = 0; i < 200; ++i) {
    Values first(2 + static_cast<std::size_t>(i % 5));
    Values second(2 + static_cast<std::size_t>(i % 3));
    for (double& v : first) {
      v = value(random) * 1.05;
    }
    for (double& v : second) {
      v = value(random);
    }
    const RatioTest test = compare_ratio(first, second);
    const RatioTest swapped = compare_ratio(second, first);
    EXPECT_NEAR(swapped.ratio * test.ratio, 1, 1e-12);
    EXPECT_NEAR(*swapped.t, -*test.t, 1e-12);
    EXPECT_NEAR(*swapped.cohens_d, -*test.cohens_d, 1e-12);
    EXPECT_NEAR(*swapped.hedges_g, -*test.hedges_g, 1e-12);
    EXPECT_NEAR(*swapped.p, *test.p, 1e-12);
    EXPECT_NEAR(swapped.ci95->low * test.ci95->high, 1, 1e-12);
    EXPECT_EQ(swapped.winner, -test.winner);
  }
}

TEST(ComparePaired, FewPairsAndNoSpread) {
  EXPECT_EQ(compare_paired({}, {}).n, 0);
  EXPECT_FALSE(compare_paired(Values{2}, Values{1}).ci95);
  EXPECT_NEAR(compare_paired(Values{2}, Values{1}).ratio, 2, 1e-12);
  const PairedTest same = compare_paired(Values{3, 5}, Values{3, 5});
  EXPECT_EQ(*same.t, 0);
  EXPECT_EQ(*same.p, 1);
}

TEST(HolmAdjust, IsMonotoneAndKeepsTheOrder) {
  EXPECT_THAT(holm_adjust(Values{0.04, 0.01, 0.03}), ElementsAre(0.06, 0.03, 0.06));
  EXPECT_THAT(holm_adjust({}), IsEmpty());
}

TEST(CohensD, UsesThePooledStandardDeviation) {
  // The summary figures of a published table: d follows from them, whatever else the table claims.
  Estimate first;
  first.n = 5;
  first.mean = 2121;
  first.sd = 61;
  Estimate second;
  second.n = 5;
  second.mean = 6284;
  second.sd = 197;
  EXPECT_NEAR(*cohens_d(first, second), (2121.0 - 6284) / std::sqrt((61.0 * 61 + 197.0 * 197) / 2), 1e-9);
  EXPECT_LT(std::abs(*hedges_g(first, second)), std::abs(*cohens_d(first, second)));
  second.n = 1;
  EXPECT_FALSE(cohens_d(first, second));
}

TEST(Wilson, RefusesWhatIsNoProportion) {
  EXPECT_FALSE(wilson_interval(0, 0));
  EXPECT_FALSE(wilson_interval(3, 2));
  EXPECT_FALSE(wilson_interval(-1, 2));
  EXPECT_EQ(wilson_interval(0, 60)->low, 0);
  EXPECT_EQ(wilson_interval(60, 60)->high, 1);
}

TEST(Outliers, FlagsTheFarOneOnly) {
  EXPECT_THAT(find_outliers(Values{10, 10.1, 9.9, 10.05, 30}), ElementsAre(4));
  EXPECT_THAT(find_outliers(Values{10, 10.1, 9.9, 10.05, 9.95}), IsEmpty());
  EXPECT_THAT(find_outliers(Values{10, 10, 10}), IsEmpty());
  EXPECT_THAT(find_outliers(Values{1, 100}), IsEmpty());
}

TEST(Outliers, FlagsOnePercentOfCleanCells) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> value(20, 1);
  int flagged = 0;
  constexpr int kCells = 20000;
  for (int cell = 0; cell < kCells; ++cell) {
    Values values(5);
    for (double& v : values) {
      v = value(random);
    }
    flagged += find_outliers(values).empty() ? 0 : 1;
  }
  EXPECT_NEAR(static_cast<double>(flagged) / kCells, 0.01, 0.003);
}

TEST(Amortise, Tr118Figures) {
  const auto even = amortise(240, 2121, 6284);
  ASSERT_TRUE(even);
  EXPECT_NEAR(even->seconds, 122.3, 0.05);
  EXPECT_NEAR(even->tokens, 768400, 50);
  EXPECT_FALSE(amortise(240, 6284, 2121));
  EXPECT_FALSE(amortise(240, 100, 100));
  EXPECT_FALSE(amortise(-1, 1, 2));
  EXPECT_EQ(amortise(0, 1, 2)->seconds, 0);
}

TEST(PricePerMillionTokens, FromAPricePerHour) {
  EXPECT_NEAR(*price_per_million_tokens(2.5, 1000), 2.5 / 3.6, 1e-12);
  EXPECT_FALSE(price_per_million_tokens(2.5, 0));
  EXPECT_FALSE(price_per_million_tokens(-1, 5));
}

}  // namespace
}  // namespace inferscale::analysis
