#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "block_weights.hpp"
#include "exported.hpp"
#include "graph/decoder.hpp"
#include "graph/quantize_blocks.hpp"
#include "model/random.hpp"
#include "onnx/quantization.hpp"
#include "onnx/verify.hpp"

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::HasSubstr;

constexpr auto kBlock = static_cast<std::size_t>(onnx_graph::kBlock);

std::vector<float> normal(std::size_t count) {
  std::vector<float> values(count);
  model::fill_normal(model::stream_key(7, "w"), 0, 0.02, values);
  return values;
}

unsigned nibble(const std::vector<std::uint8_t>& packed, std::size_t i) {
  return packed.at(i / 2) >> (i % 2 * 4) & 15U;
}

unsigned value_at(const BlockQuantizedWeight& weight, std::size_t i) {
  return nibble(weight.values, i);
}

/// Of a block of a weight whose outputs have so many blocks.
unsigned zero_point_at(const BlockQuantizedWeight& weight, std::size_t block, std::size_t blocks) {
  return nibble(weight.zero_points, block / blocks * ((blocks + 1) / 2) * 2 + block % blocks);
}

/// As a runtime reads it.
std::vector<float> restored(const BlockQuantizedWeight& weight, std::size_t blocks) {
  std::vector<float> values;
  for (std::size_t i = 0; i < weight.values.size() * 2; ++i) {
    const auto zero_point = static_cast<float>(zero_point_at(weight, i / kBlock, blocks));
    values.push_back((static_cast<float>(value_at(weight, i)) - zero_point) * weight.scales.at(i / kBlock));
  }
  return values;
}

double squared_error(std::span<const float> one, std::span<const float> other) {
  double sum = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    sum += std::pow(static_cast<double>(one[i]) - other[i], 2);
  }
  return sum;
}

/// Rounded to nearest between the least and the largest weight, nothing searched for.
std::vector<float> rounded_to_nearest(std::span<const float> block) {
  const auto [least, largest] = std::minmax_element(block.begin(), block.end());
  const float scale = (*largest - *least) / 15;
  const float zero_point = std::nearbyint(-*least / scale);
  std::vector<float> values;
  for (const float weight : block) {
    values.push_back((std::clamp(std::nearbyint(weight / scale) + zero_point, 0.0F, 15.0F) - zero_point) *
                     scale);
  }
  return values;
}

TEST(Int4Blocks, AreCloserThanRoundingToTheNearestOfTheWholeRange) {
  const auto weights = normal(6 * kBlock);
  const auto made = quantize_blocks(matrix({2, 3 * kBlock}, model::Layout::out_in), weights, kInt4Bits);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->scales.size(), 6U);
  ASSERT_EQ(made->zero_points.size(), 4U);
  const auto back = restored(*made, 3);
  ASSERT_EQ(back.size(), weights.size());
  double error = 0;
  double nearest_error = 0;
  for (std::size_t begin = 0; begin < weights.size(); begin += kBlock) {
    const auto block = std::span(weights).subspan(begin, kBlock);
    error += squared_error(std::span(back).subspan(begin, kBlock), block);
    nearest_error += squared_error(rounded_to_nearest(block), block);
  }
  EXPECT_LT(error, nearest_error);
  EXPECT_LT(std::sqrt(error / squared_error(weights, std::vector<float>(weights.size()))), 0.09);
}

TEST(Int4Blocks, HoldExactlyWhatFourBitsCan) {
  std::vector<float> weights;
  for (const int zero_point : {0, 5, 8, 15}) {  // all weights positive, both signs, all negative
    for (int i = 0; i < onnx_graph::kBlock; ++i) {
      weights.push_back(0.25F * static_cast<float>(i % 16 - zero_point));
    }
  }
  const auto made = quantize_blocks(matrix({1, 4 * kBlock}, model::Layout::out_in), weights, kInt4Bits);
  ASSERT_TRUE(made) << made.error().message;
  const auto back = restored(*made, 4);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_FLOAT_EQ(back[i], weights[i]) << i;
  }
}

TEST(Int4Blocks, OfTheLargestFloatsAreFinite) {
  std::vector<float> weights(kBlock, 3.4e38F);
  std::fill_n(weights.begin(), kBlock / 2, -3.4e38F);
  const auto made = quantize_blocks(matrix({1, 32}, model::Layout::out_in), weights, kInt4Bits);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(std::isfinite(made->scales.at(0)));
  EXPECT_GT(value_at(*made, kBlock - 1), value_at(*made, 0));
}

TEST(Int4Blocks, OfBothLayoutsAreTheSame) {
  const auto rows = normal(std::size_t{5} * 40);  // the last block of an output is filled up
  std::vector<float> columns(rows.size());
  for (std::size_t output = 0; output < 5; ++output) {
    for (std::size_t input = 0; input < 40; ++input) {
      columns[input * 5 + output] = rows[output * 40 + input];
    }
  }
  const auto one = quantize_blocks(matrix({5, 40}, model::Layout::out_in), rows, kInt4Bits);
  const auto other = quantize_blocks(matrix({40, 5}, model::Layout::in_out), columns, kInt4Bits);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->values, other->values);
  EXPECT_EQ(one->scales, other->scales);
  EXPECT_EQ(one->zero_points, other->zero_points);
  EXPECT_EQ(one->scales.size(), 10U);
  for (std::size_t i = 40; i < 64; ++i) {
    EXPECT_EQ(value_at(*one, i), zero_point_at(*one, 1, 2)) << "a filled place is 0";
  }
}

TEST(Int4Blocks, OfZerosHaveAScaleAndOfNonsenseAreRefused) {
  const auto zeros =
      quantize_blocks(matrix({1, 32}, model::Layout::out_in), std::vector<float>(kBlock, 0.0F), kInt4Bits);
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->scales, std::vector<float>{1.0F});
  EXPECT_EQ(restored(*zeros, 1), std::vector<float>(kBlock, 0.0F));
  std::vector<float> bad(kBlock, 0.0F);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  const auto refused = quantize_blocks(matrix({1, 32}, model::Layout::out_in), bad, kInt4Bits, 64);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("tensor 'w' has the value nan at element 67"));
}

TEST(Int4Graph, PassesTheCheckerAndQuantisesTheProjections) {
  for (const bool head : {false, true}) {
    ExportSettings settings{Precision::int4, GraphMode::prefill, protocol::LogitsScope::all};
    settings.quantization.head = head;
    const auto model = build_decoder(small_config(), settings);
    const auto verified = verify_graph(model);
    ASSERT_TRUE(verified) << verified.error().message;
    int products = 0;
    for (const auto& node : model.graph().node()) {
      products += node.op_type() == "MatMulNBits" ? 1 : 0;
    }
    EXPECT_EQ(products, head ? 9 : 8);
  }
}

TEST(Int4Graph, WithAWeightOfAnotherShapeIsRefused) {
  auto model =
      build_decoder(small_config(), {Precision::int4, GraphMode::prefill, protocol::LogitsScope::all});
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.name() == block_values_name("h.1.mlp.c_proj.weight", kInt4Bits)) {
      tensor.set_dims(1, tensor.dims(1) + 1);
    }
  }
  const auto verified = verify_graph(model);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, HasSubstr("K, N and block_size"));
}

TEST(Int4Graph, HoldsTheWeightsAsTheyAreQuantised) {
  expect_stored_blocks({Precision::int4, GraphMode::prefill, protocol::LogitsScope::all}, kInt4Bits);
}

}  // namespace
}  // namespace inferscale::test
