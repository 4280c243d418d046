#include "analysis/crossover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace inferscale::analysis {
namespace {
using testing::ElementsAre;

const std::vector<double> kSizes{1e5, 5e6, 1.1e7, 2.5e7, 4.5e7, 5.1e7, 7.5e7, 9.6e7, 1.24e8};

/// ratio = (size / crossing)^k with log-normal noise.
std::vector<double> simulate(double k, double crossing, double noise, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0, noise);
  std::vector<double> ratios;
  for (const double size : kSizes) {
    ratios.push_back(std::exp(k * std::log(size / crossing) + normal(random)));
  }
  return ratios;
}

/// Whether the reported 95% set holds this size.
bool holds(const CrossoverFit& fit, double size) {
  switch (fit.fieller) {
    case FiellerKind::bounded:
      return *fit.ci95_low <= size && size <= *fit.ci95_high;
    case FiellerKind::lower_bounded:
      return *fit.ci95_low <= size;
    case FiellerKind::upper_bounded:
      return size <= *fit.ci95_high;
    case FiellerKind::unbounded:
      return true;
    case FiellerKind::slope_not_significant:
      return fit.excluded && !(fit.excluded->low < size && size < fit.excluded->high);
  }
  return false;
}

TEST(FitCrossover, ExactPowerLaw) {
  std::mt19937_64 random(1);
  const auto fit = fit_crossover(kSizes, simulate(-0.5, 3e7, 0, random));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->k, -0.5, 1e-12);
  EXPECT_NEAR(*fit->crossover, 3e7, 1);
  EXPECT_EQ(fit->fieller, FiellerKind::bounded);
  EXPECT_NEAR(*fit->ci95_low, 3e7, 1);
  EXPECT_NEAR(*fit->ci95_high, 3e7, 1);
  EXPECT_NEAR(fit->r_squared, 1, 1e-12);
  EXPECT_EQ(fit->slope_p, 0);
  ASSERT_TRUE(fit->curvature);
  EXPECT_EQ(fit->curvature->p, 1);
}

TEST(FitCrossover, ACrossingOutsideTheSizesIsAnExtrapolation) {
  std::mt19937_64 random(1);
  EXPECT_TRUE(fit_crossover(kSizes, simulate(-0.5, 1e9, 0.01, random))->extrapolated);
  EXPECT_TRUE(fit_crossover(kSizes, simulate(-0.5, 1e4, 0.01, random))->extrapolated);
  EXPECT_FALSE(fit_crossover(kSizes, simulate(-0.5, 1e7, 0.01, random))->extrapolated);
}

TEST(FitCrossover, AnEndThatLiesAtNoSizeIsNoBound) {
  // Without the size that stands apart the line is all but flat.
  const std::vector<double> sizes{1e6, 1e7, 1e8, 1e9};
  const auto fit = fit_crossover(sizes, std::vector<double>{1.3, 1.2, 1.2, 1.19});
  ASSERT_TRUE(fit && fit->leave_one_out);
  EXPECT_GT(fit->leave_one_out->low, 1);
  EXPECT_TRUE(std::isinf(fit->leave_one_out->high)) << fit->leave_one_out->high;
  const auto other = fit_crossover(sizes, std::vector<double>{1.19, 1.2, 1.2, 1.3});
  ASSERT_TRUE(other && other->leave_one_out);
  EXPECT_TRUE(std::isinf(other->leave_one_out->low)) << other->leave_one_out->low;
}

TEST(FitCrossover, ConstantRatioNeverCrosses) {
  const std::vector<double> ratios(kSizes.size(), 2.0);
  const auto fit = fit_crossover(kSizes, ratios);
  ASSERT_TRUE(fit);
  EXPECT_FALSE(fit->crossover);
  EXPECT_EQ(fit->fieller, FiellerKind::slope_not_significant);
  EXPECT_FALSE(fit->excluded);
  EXPECT_FALSE(fit->leave_one_out);
}

TEST(FitCrossover, RatioOneEverywhereIsUnbounded) {
  const auto fit = fit_crossover(kSizes, std::vector<double>(kSizes.size(), 1.0));
  ASSERT_TRUE(fit);
  EXPECT_FALSE(fit->crossover);
  EXPECT_EQ(fit->fieller, FiellerKind::unbounded);
}

TEST(FitCrossover, NoisyFlatRatioFarFromOneExcludesTheMiddle) {
  const std::vector<double> ratios{2.0, 2.3, 1.9, 2.2, 2.1, 1.8, 2.2, 2.0, 2.1};
  const auto fit = fit_crossover(kSizes, ratios);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->fieller, FiellerKind::slope_not_significant);
  EXPECT_GT(fit->slope_p, 0.05);
  ASSERT_TRUE(fit->excluded);
  EXPECT_LT(fit->excluded->low, kSizes.front());
  EXPECT_GT(fit->excluded->high, kSizes.back());
}

TEST(FitCrossover, NoisyRatioAroundOneIsUnbounded) {
  const std::vector<double> ratios{1.1, 0.8, 1.2, 0.9, 1.1, 0.85, 1.2, 0.9, 1.05};
  EXPECT_EQ(fit_crossover(kSizes, ratios)->fieller, FiellerKind::unbounded);
}

TEST(FitCrossover, BoundsThatAreNoSizesAreLeftOut) {
  // A barely significant slope whose set runs past every size anyone could mean, to one side.
  const std::vector<double> falling{9.0, 7.0, 8.9, 6.0, 7.2, 5.2, 6.9, 4.6, 6.1};
  const auto high = fit_crossover(kSizes, falling);
  ASSERT_TRUE(high);
  EXPECT_LT(high->slope_p, 0.05);
  EXPECT_EQ(high->fieller, FiellerKind::lower_bounded);
  EXPECT_TRUE(high->ci95_low);
  EXPECT_FALSE(high->ci95_high);
  std::vector<double> rising;
  for (const double ratio : falling) {
    rising.push_back(12 / ratio);
  }
  const auto low = fit_crossover(kSizes, rising);
  ASSERT_TRUE(low);
  EXPECT_EQ(low->fieller, FiellerKind::upper_bounded);
}

TEST(FitCrossover, RefusesWhatHasNoLine) {
  const std::vector<double> two{1, 2};
  const std::vector<double> same{5, 5, 5};
  const std::vector<double> three{1, 2, 3};
  const std::vector<double> negative{1, -2, 3};
  const std::vector<double> not_a_number{1, std::nan(""), 3};
  EXPECT_FALSE(fit_crossover(two, two));
  EXPECT_FALSE(fit_crossover(three, two));
  EXPECT_FALSE(fit_crossover(same, three));
  EXPECT_FALSE(fit_crossover(three, negative));
  EXPECT_FALSE(fit_crossover(not_a_number, three));
}

TEST(FitCrossover, SwappingTheBackendsFlipsTheSlopeAndKeepsTheCrossing) {
  std::mt19937_64 random(7);
  for (int study = 0; study < 50; ++study) {
    const auto ratios = simulate(-0.3, 2e7, 0.3, random);
    std::vector<double> swapped;
    for (const double ratio : ratios) {
      swapped.push_back(1 / ratio);
    }
    const auto fit = fit_crossover(kSizes, ratios);
    const auto other = fit_crossover(kSizes, swapped);
    EXPECT_NEAR(other->k, -fit->k, 1e-12);
    EXPECT_NEAR(other->a0 * fit->a0, 1, 1e-9);
    EXPECT_NEAR(*other->crossover / *fit->crossover, 1, 1e-9);
    EXPECT_EQ(other->fieller, fit->fieller);
    EXPECT_EQ(other->ci95_low.has_value(), fit->ci95_low.has_value());
    if (fit->ci95_low) {
      EXPECT_NEAR(*other->ci95_low / *fit->ci95_low, 1, 1e-9);
    }
    EXPECT_NEAR(other->curvature->t, -fit->curvature->t, 1e-6);
  }
}

/// The set covers the true crossing at its nominal rate, whatever the slope: 95% +- 4 standard errors of
/// 4,000 studies is 93.6 to 96.4%.
TEST(FitCrossover, CoversAtTheNominalRateFromFlatToSteep) {
  constexpr int kStudies = 4000;
  for (const double k : {-0.001, -0.02, -0.1, -0.5, -2.0}) {
    std::mt19937_64 random(118);
    int covered = 0;
    for (int study = 0; study < kStudies; ++study) {
      covered += holds(*fit_crossover(kSizes, simulate(k, 2e7, 0.25, random)), 2e7) ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(covered) / kStudies, 0.95, 0.014) << "k = " << k;
  }
}

RatioPoint point(const std::string& model, double parameters, double ratio, int winner) {
  RatioPoint result;
  result.model = model;
  result.parameters = parameters;
  result.ratio = ratio;
  result.winner = winner;
  return result;
}

TEST(FindBrackets, NamesTiesInside) {
  const std::vector<RatioPoint> points{point("a", 1e6, 3, 1), point("b", 1e7, 1.02, 0),
                                       point("c", 2e7, 0.98, 0), point("d", 4e7, 0.5, -1)};
  const auto brackets = find_brackets(points, "A", "B");
  ASSERT_EQ(brackets.size(), 1U);
  EXPECT_EQ(brackets[0].low_model, "a");
  EXPECT_EQ(brackets[0].high_model, "d");
  EXPECT_EQ(brackets[0].low_winner, "A");
  EXPECT_EQ(brackets[0].high_winner, "B");
  EXPECT_THAT(brackets[0].ties, ElementsAre("b", "c"));
  ASSERT_TRUE(brackets[0].interpolated);  // between the tied sizes, where the ratio passes 1
  EXPECT_GT(*brackets[0].interpolated, 1e7);
  EXPECT_LT(*brackets[0].interpolated, 2e7);
}

TEST(FindBrackets, OneWinnerOrOnlyTiesGiveNone) {
  EXPECT_TRUE(
      find_brackets(std::vector{point("a", 1, 2, 1), point("b", 2, 1, 0), point("c", 3, 2, 1)}, "A", "B")
          .empty());
  EXPECT_TRUE(find_brackets(std::vector{point("a", 1, 1, 0), point("b", 2, 1, 0)}, "A", "B").empty());
  EXPECT_TRUE(find_brackets({}, "A", "B").empty());
}

TEST(FindBrackets, EveryChangeIsOne) {
  const auto brackets =
      find_brackets(std::vector{point("a", 1, 2, 1), point("b", 2, 0.5, -1), point("c", 3, 2, 1)}, "A", "B");
  ASSERT_EQ(brackets.size(), 2U);
  EXPECT_EQ(brackets[1].low_winner, "B");
}

TEST(InterpolateCrossing, IsStraightOnLogAxes) {
  EXPECT_NEAR(*interpolate_crossing(1e6, 10, 1e8, 0.1), 1e7, 1e-3);
  EXPECT_NEAR(*interpolate_crossing(1e6, 1, 1e8, 0.1), 1e6, 1e-6);
  EXPECT_FALSE(interpolate_crossing(1e6, 10, 1e8, 2));
}

}  // namespace
}  // namespace inferscale::analysis
