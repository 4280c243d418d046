#include "analysis/noise_floor.hpp"

#include <gtest/gtest.h>

#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {
namespace {

using test::Noise;

/// 3 cells of 40 repetitions each, in time; the second half is faster by `drift`.
std::vector<record::Row> noisy_rows(Noise& noise, double sd, double drift) {
  std::vector<record::Row> rows;
  for (int repetition = 0; repetition < 40; ++repetition) {
    for (std::size_t scenario = 0; scenario < 3; ++scenario) {
      const double speed = 100 * (1 + static_cast<double>(scenario)) * (repetition < 20 ? 1 : 1 + drift);
      rows.push_back(test::make_row("m", 1000, "a", protocol::builtin_scenarios()[scenario], repetition,
                                    noise.around(speed, sd)));
      rows.back().started_at = fmt::format("2026-11-24T00:{:02}:00.000Z", repetition);
    }
  }
  return rows;
}

TEST(NoiseFloor, FindsTheSpreadAndTheDrift) {
  Noise noise(301);
  const auto still = noise_floor(noisy_rows(noise, 0.02, 0));
  ASSERT_TRUE(still);
  EXPECT_EQ(still->cells, 3);
  EXPECT_EQ(still->repetitions, 120);
  EXPECT_NEAR(still->spread, 0.02, 0.003);
  EXPECT_GE(still->widest, still->spread);
  EXPECT_NEAR(still->drift, 0, 0.01);
  EXPECT_NEAR(noise_floor(noisy_rows(noise, 0.02, 0.1))->drift, 0.1, 0.01);
  EXPECT_FALSE(noise_floor({}));
}

TEST(NoiseFloor, EqualBackendsDifferByLessIn95Of100Comparisons) {
  Noise noise(302);
  constexpr int kComparisons = 4000;
  const double limit = std::log1p(meaningless_difference(0.03, 5));
  int below = 0;
  for (int i = 0; i < kComparisons; ++i) {
    double difference = 0;
    for (int repetition = 0; repetition < 5; ++repetition) {
      difference += (noise.normal() - noise.normal()) * 0.03 / 5;
    }
    below += std::abs(difference) < limit ? 1 : 0;
  }
  EXPECT_GE(below,
            kComparisons * 95 / 100);  // t, as the spread is never known so well elsewhere: a little wide
  EXPECT_LE(below, kComparisons * 99 / 100);
}

}  // namespace
}  // namespace inferscale::analysis
