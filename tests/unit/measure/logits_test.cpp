#include "measure/logits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace inferscale::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
LogitsView view_of(const std::vector<T>& values, int batch, int positions, int vocabulary,
                   ElementType element) {
  return {values.data(), element, batch, positions, vocabulary};
}

TEST(CheckShape, TakesTheScopesPositionsOnly) {
  const std::vector<float> values(24);
  const auto all = view_of(values, 2, 3, 4, ElementType::f32);
  const auto last = view_of(values, 2, 1, 4, ElementType::f32);
  EXPECT_TRUE(check_shape(all, {2, 3}, protocol::LogitsScope::all, 4));
  EXPECT_TRUE(check_shape(last, {2, 3}, protocol::LogitsScope::last, 4));
  for (const auto& refused :
       {check_shape(all, {2, 3}, protocol::LogitsScope::last, 4),
        check_shape(last, {2, 3}, protocol::LogitsScope::all, 4),
        check_shape(all, {2, 3}, protocol::LogitsScope::all, 5),
        check_shape(all, {1, 3}, protocol::LogitsScope::all, 4),
        check_shape({nullptr, ElementType::f32, 2, 3, 4}, {2, 3}, protocol::LogitsScope::all, 4)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().outcome, Outcome::invalid_output);
  }
}

TEST(CheckFinite, FindsEveryPlaceOfEveryNonNumber) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t place : {0UL, 1UL, 16383UL, 16384UL, 39999UL}) {
      std::vector<float> values(40000, std::numeric_limits<float>::max());
      EXPECT_TRUE(check_finite(view_of(values, 2, 2, 10000, ElementType::f32)));
      values[place] = bad;
      const auto checked = check_finite(view_of(values, 2, 2, 10000, ElementType::f32));
      ASSERT_FALSE(checked);
      EXPECT_EQ(checked.error().outcome, Outcome::invalid_output);
      EXPECT_THAT(checked.error().message,
                  HasSubstr(fmt::format("sequence {}, position {}, token {}", place / 20000,
                                        place / 10000 % 2, place % 10000)));
    }
  }
}

TEST(CheckFinite, KnowsHalfPrecision) {
  const std::vector<std::uint16_t> largest_f16{0x7bff, 0xfbff};
  const std::vector<std::uint16_t> infinity_f16{0x0000, 0x7c00};
  EXPECT_TRUE(check_finite(view_of(largest_f16, 1, 1, 2, ElementType::f16)));
  EXPECT_FALSE(check_finite(view_of(infinity_f16, 1, 1, 2, ElementType::f16)));
  const std::vector<std::uint16_t> large_bf16{0x7f7f, 0x7c00};
  const std::vector<std::uint16_t> nan_bf16{0x7fc0, 0x0000};
  EXPECT_TRUE(check_finite(view_of(large_bf16, 1, 1, 2, ElementType::bf16)));
  EXPECT_FALSE(check_finite(view_of(nan_bf16, 1, 1, 2, ElementType::bf16)));
}

TEST(Argmax, TakesTheLastPositionAndTheLowestIndexAmongEquals) {
  // [2, 2, 3]
  const std::vector<float> values{9, 0, 0, /**/ 1, 3, 3, /**/ 9, 9, 9, /**/ -2, -3, -1};
  std::vector<std::int32_t> tokens(2);
  argmax_last(view_of(values, 2, 2, 3, ElementType::f32), tokens);
  EXPECT_THAT(tokens, ElementsAre(1, 2));
}

TEST(Argmax, FindsTheLargestAtEveryPlaceOfALongRow) {
  constexpr int kVocabulary = 37;  // two blocks of 16 lanes and a rest
  for (int place = 0; place < kVocabulary; ++place) {
    std::vector<float> values(kVocabulary, -5.0F);
    values[static_cast<std::size_t>(place)] = -4.0F;
    std::vector<std::int32_t> tokens(1);
    argmax_last(view_of(values, 1, 1, kVocabulary, ElementType::f32), tokens);
    EXPECT_EQ(tokens[0], place);
  }
}

TEST(Argmax, OfHalfPrecisionComparesValuesAndNotBits) {
  const std::vector<std::uint16_t> f16{0xc000, 0x3c00, 0xbc00};  // -2, 1, -1
  std::vector<std::int32_t> tokens(1);
  argmax_last(view_of(f16, 1, 1, 3, ElementType::f16), tokens);
  EXPECT_EQ(tokens[0], 1);
  const std::vector<std::uint16_t> bf16{0xc000, 0xbf80, 0xbfc0};  // -2, -1, -1.5
  argmax_last(view_of(bf16, 1, 1, 3, ElementType::bf16), tokens);
  EXPECT_EQ(tokens[0], 1);
}

TEST(Argmax, FindsTheFirstOfEqualsInALongRow) {
  constexpr int kVocabulary = 5000;  // five blocks of 1024, the last one not full
  for (const int place : {0, 1023, 1024, 2500, 4990, 4999}) {
    std::vector<std::int32_t> tokens(1);
    std::vector<float> f32(kVocabulary, -5.0F);
    std::vector<std::uint16_t> f16(kVocabulary, 0xc500);  // -5
    for (int i = place; i < kVocabulary; i += 700) {
      f32[static_cast<std::size_t>(i)] = -4.0F;
      f16[static_cast<std::size_t>(i)] = 0xc400;
    }
    argmax_last(view_of(f32, 1, 1, kVocabulary, ElementType::f32), tokens);
    EXPECT_EQ(tokens[0], place);
    argmax_last(view_of(f16, 1, 1, kVocabulary, ElementType::f16), tokens);
    EXPECT_EQ(tokens[0], place);
  }
}

TEST(ToF32, ConvertsHalfPrecisionExactly) {
  const std::vector<std::uint16_t> f16{0x3c00, 0xc000, 0x0001, 0x8001, 0x7bff, 0x0400, 0x8000};
  EXPECT_THAT(to_f32(view_of(f16, 1, 1, 7, ElementType::f16)),
              ElementsAre(1.0F, -2.0F, 0x1p-24F, -0x1p-24F, 65504.0F, 0x1p-14F, -0.0F));
  const std::vector<std::uint16_t> bf16{0x3f80, 0xc000};
  EXPECT_THAT(to_f32(view_of(bf16, 1, 1, 2, ElementType::bf16)), ElementsAre(1.0F, -2.0F));
}

TEST(ToF32, ReadsEveryHalf) {
  std::vector<std::uint16_t> halves(1U << 16U);
  std::iota(halves.begin(), halves.end(), std::uint16_t{0});
  const auto values = to_f32(view_of(halves, 1, 1, 1 << 16, ElementType::f16));
  for (std::uint32_t bits = 0; bits < halves.size(); ++bits) {
    const int exponent = static_cast<int>((bits >> 10U) & 0x1fU);
    const auto fraction = static_cast<double>(bits & 0x3ffU);
    const double sign = bits < 0x8000U ? 1 : -1;
    if (exponent == 31) {
      EXPECT_EQ(std::isinf(values[bits]), fraction == 0) << bits;
      EXPECT_EQ(std::isnan(values[bits]), fraction != 0) << bits;
    } else {
      const double magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
      EXPECT_EQ(values[bits], static_cast<float>(sign * magnitude)) << bits;
    }
    if (!std::isnan(values[bits])) {
      EXPECT_EQ(std::signbit(values[bits]), sign < 0) << bits;
    }
  }
}

}  // namespace
}  // namespace inferscale::measure
