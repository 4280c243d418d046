#include "model/random.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

namespace inferscale::model {
namespace {

TEST(RandomBits, AreSplitMix64s) {
  // The first outputs of the reference implementation (Vigna's splitmix64.c) for seed 1234567.
  EXPECT_EQ(random_bits(1234567, 0), 6457827717110365317U);
  EXPECT_EQ(random_bits(1234567, 1), 3203168211198807973U);
  EXPECT_EQ(random_bits(1234567, 2), 9817491932198370423U);
}

TEST(StreamKey, DependsOnSeedAndName) {
  EXPECT_EQ(stream_key(0, "wte.weight"), stream_key(0, "wte.weight"));
  EXPECT_NE(stream_key(0, "wte.weight"), stream_key(1, "wte.weight"));
  EXPECT_NE(stream_key(0, "wte.weight"), stream_key(0, "wpe.weight"));
  EXPECT_NE(stream_key(1, "1/x"), stream_key(11, "/x"));
}

TEST(ExactLog, IsWithinTwoUnitsOfTheLibrarys) {
  for (int i = 1; i < 200000; ++i) {
    const double x = i * 1.0001e-5 * std::ldexp(1.0, (i % 140) - 100);
    const double expected = std::log(x);
    ASSERT_NEAR(exact_log(x), expected, std::fabs(expected) * 4.5e-16 + 1e-18) << x;
  }
  EXPECT_EQ(exact_log(1.0), 0.0);
}

TEST(NormalQuantile, AgreesWithBoostIncludingTheFarTails) {
  const boost::math::normal_distribution<double> normal;
  for (int i = 1; i < 4000; ++i) {
    const double q = i / 8000.0;  // exact in the tail's probability 0.5 - q
    const double expected = boost::math::quantile(boost::math::complement(normal, 0.5 - q));
    ASSERT_NEAR(normal_quantile_as241(q), expected, 1e-15 + 4e-14 * expected) << q;
    ASSERT_EQ(normal_quantile_as241(-q), -normal_quantile_as241(q));
  }
  for (int power = 4; power <= 53; ++power) {
    const double tail = std::ldexp(1.0, -power);
    const double expected = boost::math::quantile(boost::math::complement(normal, tail));
    ASSERT_NEAR(normal_quantile_as241(0.5 - tail), expected, 1e-14 * expected) << power;
  }
  EXPECT_EQ(normal_quantile_as241(0), 0);
}

TEST(FillNormal, DoesNotDependOnHowTheRangeIsCut) {
  std::vector<float> whole(3001);
  fill_normal(42, 100, 0.02, whole);
  for (const std::size_t cut : {1, 255, 256, 257, 1500, 3000}) {
    std::vector<float> parts(whole.size());
    fill_normal(42, 100, 0.02, std::span(parts).first(cut));
    fill_normal(42, 100 + cut, 0.02, std::span(parts).subspan(cut));
    EXPECT_EQ(parts, whole) << cut;
  }
}

TEST(FillNormal, HasTheMomentsOfANormalDistribution) {
  constexpr std::size_t kCount = 1'000'000;
  constexpr double kSd = 0.02;
  std::vector<float> values(kCount);
  fill_normal(stream_key(0, "wte.weight"), 0, kSd, values);
  double sum = 0;
  double sum2 = 0;
  double sum3 = 0;
  double sum4 = 0;
  double lagged = 0;
  std::size_t within_one = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double z = static_cast<double>(values[i]) / kSd;
    sum += z;
    sum2 += z * z;
    sum3 += z * z * z;
    sum4 += z * z * z * z;
    lagged += i == 0 ? 0 : z * static_cast<double>(values[i - 1]) / kSd;
    within_one += std::fabs(z) < 1 ? 1U : 0U;
  }
  // Five standard errors of each statistic at n = 10^6: sqrt(1, 2, 15, 96, 1, 0.217 / n).
  const double n = kCount;
  EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(sum2 / n, 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(sum3 / n, 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(sum4 / n, 3, 5 * std::sqrt(96 / n));
  EXPECT_NEAR(lagged / n, 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(static_cast<double>(within_one) / n, 0.682689, 5 * std::sqrt(0.217 / n));
}

}  // namespace
}  // namespace inferscale::model
