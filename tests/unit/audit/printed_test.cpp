#include "audit/printed.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace inferscale::audit {
namespace {

void expect_range(const char* text, double low, double high) {
  const auto printed = parse_printed(text);
  ASSERT_TRUE(printed) << text;
  EXPECT_NEAR(printed->range.low, low, 1e-12 * std::abs(high)) << text;
  EXPECT_NEAR(printed->range.high, high, 1e-12 * std::abs(high)) << text;
}

TEST(Printed, DigitsGiveTheRange) {
  expect_range("76", 75.5, 76.5);
  expect_range("76.40", 76.395, 76.405);
  expect_range("-0.506", -0.5065, -0.5055);
  expect_range("1.2e-04", 1.15e-4, 1.25e-4);
  expect_range("3e+2", 250, 350);
  expect_range("<1e-09", 0, 1e-9);
}

TEST(Printed, ZerosAtTheEndMayBeRounding) {
  const auto whole = parse_printed("2150");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->loose.low, 2145);
  EXPECT_EQ(whole->loose.high, 2155);
  const auto decimal = parse_printed("0.10");
  ASSERT_TRUE(decimal);
  EXPECT_EQ(decimal->loose.low, decimal->range.low);
  const auto zero = parse_printed("0");
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->loose.high, 0.5);
}

TEST(Printed, WhatIsNoNumber) {
  for (const char* text : {"", "NaN", "inf", "N/A", "12 M", "1,234", "<", "--1", "1e999"}) {
    EXPECT_FALSE(parse_printed(text)) << text;
  }
}

TEST(Recompute, AddsUpTheRoundingOfEachInput) {
  const auto sum = recompute({*parse_printed("1.0"), *parse_printed("20")},
                             [](const std::vector<double>& v) { return std::optional(v[0] - v[1]); });
  ASSERT_TRUE(sum);
  EXPECT_DOUBLE_EQ(sum->value, -19);
  EXPECT_NEAR(sum->range.low, -19.55, 1e-12);
  EXPECT_NEAR(sum->range.high, -18.45, 1e-12);
  EXPECT_NEAR(sum->loose.low, -24.05, 1e-12);
}

TEST(Recompute, NothingWhereTheFigureDoesNotExist) {
  EXPECT_FALSE(recompute({*parse_printed("1")},
                         [](const std::vector<double>&) -> std::optional<double> { return std::nullopt; }));
  EXPECT_FALSE(
      recompute({*parse_printed("0")}, [](const std::vector<double>& v) { return std::optional(1 / v[0]); }));
}

TEST(RangesMeet, AlsoWithoutEnd) {
  const double infinity = INFINITY;
  EXPECT_TRUE(ranges_meet({3, infinity}, {1, 4}));
  EXPECT_FALSE(ranges_meet({5, infinity}, {1, 4}));
  EXPECT_FALSE(ranges_meet({1, 4}, {5, infinity}));
  EXPECT_TRUE(ranges_meet({1, 2}, {2, 3}));
  EXPECT_FALSE(ranges_meet({1, 2}, {2.001, 3}));
}

}  // namespace
}  // namespace inferscale::audit
