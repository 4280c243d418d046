#include "model/dtype.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace inferscale::model {
namespace {

TEST(Dtype, NamesRoundTrip) {
  for (int i = 0; i <= static_cast<int>(Dtype::u64); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    EXPECT_EQ(parse_dtype(to_string(dtype)), dtype);
  }
  EXPECT_EQ(parse_dtype("F8_E5M2"), Dtype::f8_e5m2);
  EXPECT_EQ(parse_dtype("f32"), std::nullopt);
  EXPECT_EQ(bits_of(Dtype::f4), 4);
  EXPECT_EQ(bits_of(Dtype::f6_e3m2), 6);
  EXPECT_EQ(bits_of(Dtype::boolean), 8);
  EXPECT_EQ(bits_of(Dtype::bf16), 16);
  EXPECT_EQ(bits_of(Dtype::c64), 64);
}

/// The value of a binary16 by its definition: (-1)^s 2^(e-15) 1.m, or 2^-14 0.m.
double f16_by_definition(std::uint16_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = (bits >> 10U) & 0x1F;
  const double fraction = (bits & 0x3FFU) / 1024.0;
  return sign * (exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15));
}

TEST(F16, EveryValueConvertsExactly) {
  for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = f16_to_float(bits);
    if ((bits & 0x7C00U) != 0x7C00U) {
      ASSERT_EQ(static_cast<double>(value), f16_by_definition(bits)) << i;
    } else if ((bits & 0x3FFU) == 0) {
      ASSERT_TRUE(std::isinf(value)) << i;
    } else {
      ASSERT_TRUE(std::isnan(value)) << i;
    }
    ASSERT_EQ(std::signbit(value), (bits & 0x8000U) != 0) << i;
  }
}

TEST(F16, EveryValueIsItsOwnNearest) {
  for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = f16_to_float(bits);
    if (std::isnan(value)) {
      ASSERT_EQ(float_to_f16(value) & 0x7FFFU, 0x7E00U);
    } else {
      ASSERT_EQ(float_to_f16(value), bits) << i;
    }
  }
}

/// Between two neighbours: the nearer one, and the even one from the middle.
TEST(F16, RoundsToNearestAndTiesToEven) {
  for (std::uint32_t i = 0; i < 0x7BFF; ++i) {
    const auto low = static_cast<std::uint16_t>(i);
    const auto high = static_cast<std::uint16_t>(i + 1);
    const float middle = (f16_to_float(low) + f16_to_float(high)) / 2;  // exact: a float has the bits
    ASSERT_EQ(float_to_f16(middle), i % 2 == 0 ? low : high) << i;
    ASSERT_EQ(float_to_f16(std::nextafter(middle, 0.0F)), low) << i;
    ASSERT_EQ(float_to_f16(std::nextafter(middle, 1e9F)), high) << i;
    ASSERT_EQ(float_to_f16(-middle), 0x8000U | float_to_f16(middle)) << i;
  }
  EXPECT_EQ(float_to_f16(65519.0F), 0x7BFF);
  EXPECT_EQ(float_to_f16(65520.0F), 0x7C00);
  EXPECT_EQ(float_to_f16(1e30F), 0x7C00);
  EXPECT_EQ(float_to_f16(std::numeric_limits<float>::denorm_min()), 0);
}

/// Whatever instructions the processor has for many at a time.
TEST(F16, ManyAtATimeAreThoseOneByOne) {
  std::vector<float> values;
  constexpr std::uint32_t kStep = 65521;  // every exponent, both signs, subnormals, infinities
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFFU; bits += kStep) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (!std::isnan(value)) {
      values.push_back(value);
    }
  }
  for (std::size_t left_out = 0; left_out < 9; ++left_out) {  // ends that are no whole vector
    const auto some = std::span(values).subspan(left_out);
    std::vector<std::uint16_t> halves(some.size());
    convert_from_f32(Dtype::f16, some, halves);
    for (std::size_t i = 0; i < some.size(); ++i) {
      ASSERT_EQ(halves[i], float_to_f16(some[i])) << some[i];
    }
  }
}

TEST(Bf16, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(bf16_to_float(0x3F80), 1.0F);
  EXPECT_EQ(bf16_to_float(0xC049), -3.140625F);
  EXPECT_EQ(bf16_to_float(0x0001), std::ldexp(1.0F, -133));
  EXPECT_TRUE(std::isinf(bf16_to_float(0x7F80)));
  EXPECT_TRUE(std::isnan(bf16_to_float(0x7FC0)));
}

TEST(ConvertToF32, TakesUnalignedBytes) {
  std::array<std::byte, 9> bytes{};
  const std::array<std::uint16_t, 4> halves{0x3C00, 0xC000, 0x0001, 0x7BFF};
  std::memcpy(bytes.data() + 1, halves.data(), sizeof halves);
  std::vector<float> values(4);
  convert_to_f32(Dtype::f16, std::span(bytes).subspan(1), values);
  EXPECT_EQ(values, (std::vector<float>{1.0F, -2.0F, std::ldexp(1.0F, -24), 65504.0F}));
}

template <class Word>
void finds_each_place(Dtype dtype, Word infinity, Word nan, Word largest) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{1024}, std::size_t{2500}}) {
    std::vector<Word> words(count, largest);
    EXPECT_EQ(find_not_finite(dtype, std::as_bytes(std::span(words))), std::nullopt);
    for (const std::size_t place : {std::size_t{0}, count / 2, count - 1}) {
      auto broken = words;
      broken.back() = nan;
      broken[place] = infinity;
      EXPECT_EQ(find_not_finite(dtype, std::as_bytes(std::span(broken))), place);
    }
  }
}

TEST(FindNotFinite, GivesTheFirstInEveryDtype) {
  finds_each_place<std::uint32_t>(Dtype::f32, 0xFF800000U, 0x7FC00000U, 0x7F7FFFFFU);
  finds_each_place<std::uint16_t>(Dtype::f16, 0xFC00, 0x7E00, 0x7BFF);
  finds_each_place<std::uint16_t>(Dtype::bf16, 0xFF80, 0x7FC0, 0x7F7F);
}

}  // namespace
}  // namespace inferscale::model
