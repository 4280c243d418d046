#include "measure/summary.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace inferscale::measure {
namespace {

TEST(Quantile, InterpolatesAsNumPyDoes) {
  const std::array<double, 5> values{1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 4);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 12.8);  // numpy.quantile([1, 2, 4, 8, 16], 0.9)
  EXPECT_DOUBLE_EQ(quantile(values, 1), 16);
  const std::array<double, 1> one{3};
  EXPECT_DOUBLE_EQ(quantile(one, 0.99), 3);
}

TEST(Summary, OfUnsortedValues) {
  std::vector<double> values{4, 1, 16, 2, 8};
  const auto summary = summarize(values);
  EXPECT_DOUBLE_EQ(summary.mean, 6.2);
  EXPECT_DOUBLE_EQ(summary.median, 4);
  EXPECT_DOUBLE_EQ(summary.p90, 12.8);
  EXPECT_DOUBLE_EQ(summary.min, 1);
  EXPECT_DOUBLE_EQ(summary.max, 16);
  EXPECT_NEAR(summary.sd, 6.09918027279076, 1e-12);  // numpy.std(..., ddof=1)
}

TEST(Summary, OfOneValueHasNoDeviation) {
  std::vector<double> values{2.5};
  const auto summary = summarize(values);
  EXPECT_DOUBLE_EQ(summary.mean, 2.5);
  EXPECT_DOUBLE_EQ(summary.p99, 2.5);
  EXPECT_DOUBLE_EQ(summary.sd, 0);
}

// The textbook formula (sum of squares minus square of the sum) gives 0 or worse here.
TEST(Summary, KeepsTheDeviationOfNearlyEqualValues) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(1e9 + (i % 2));
  }
  EXPECT_NEAR(summarize(values).sd, 0.50025018765637, 1e-9);  // sqrt(250 / 999)
}

}  // namespace
}  // namespace inferscale::measure
