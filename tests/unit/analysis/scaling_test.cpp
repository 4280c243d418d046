#include <gtest/gtest.h>

#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

using test::analyze_rows;
using test::make_row;

const protocol::Scenario kEight{"single_micro", 1, 8};

/// B over A at 1 M, and at 100 M parameters.
BackendScaling scaling_of(double small, double large, double spread = 0.002) {
  std::vector<record::Row> rows;
  for (int r = 0; r < 3; ++r) {
    const double up = 1 + spread * (r - 1), down = 1 + spread * (1 - r);
    rows.push_back(make_row("m1", 1'000'000, "A", kEight, r, 1000 * up));
    rows.push_back(make_row("m1", 1'000'000, "B", kEight, r, 1000 * small * down));
    rows.push_back(make_row("m2", 100'000'000, "A", kEight, r, 100 * up));
    rows.push_back(make_row("m2", 100'000'000, "B", kEight, r, 100 * large * down));
  }
  const Analysis analysis = analyze_rows(rows);
  EXPECT_FALSE(analysis.scaling.at(0).trend) << "of the baseline itself";
  return analysis.scaling.at(1);
}

TEST(Scaling, SaysHowTheAdvantageGoes) {
  EXPECT_EQ(scaling_of(1.5, 3).trend, Trend::grows);
  EXPECT_NEAR(scaling_of(1.5, 3).advantage_change->ratio, 2, 0.01);
  EXPECT_EQ(scaling_of(0.4, 0.2).trend, Trend::shrinks);
  EXPECT_EQ(scaling_of(2, 2.02).trend, Trend::steady);
  EXPECT_EQ(scaling_of(0.5, 2).trend, Trend::turns_over);
  EXPECT_EQ(scaling_of(1.5, 1.6, 0.2).trend, Trend::undecided);
}

}  // namespace
}  // namespace inferscale::analysis
