#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

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

constexpr auto kSize = static_cast<std::size_t>(onnx_graph::kBlock);

ExportSettings blocks_settings(bool head) {
  ExportSettings settings{Precision::int8, GraphMode::prefill, protocol::LogitsScope::all};
  settings.quantization.form = QuantizationForm::blocks;
  settings.quantization.head = head;
  return settings;
}

float restored_weight(const BlockQuantizedWeight& made, std::size_t i) {
  return (static_cast<float>(made.values.at(i)) - 128.0F) * made.scales.at(i / kSize);
}

TEST(Int8Blocks, AreHalfAStepOfTheirBlocksLargestAway) {
  std::vector<float> weights(kSize * 4);
  model::fill_normal(model::stream_key(7, "w"), 0, 0.02, weights);
  weights[kSize + 3] = 5.0F;  // costs its block alone precision
  const auto made = quantize_blocks(matrix({2, 2 * kSize}, model::Layout::out_in), weights, kInt8Bits);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->zero_points.empty());
  ASSERT_EQ(made->values.size(), weights.size());
  ASSERT_EQ(made->scales.size(), 4U);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NEAR(restored_weight(*made, i), weights[i], made->scales[i / kSize] * 0.5001F) << i;
  }
  EXPECT_FLOAT_EQ(made->scales[1], 5.0F / 127);
  EXPECT_LT(made->scales[0], 0.1F / 127);
  EXPECT_EQ(made->values[kSize + 3], 255);
}

TEST(Int8Blocks, OfBothLayoutsAreTheSameAndTheLastOneIsFilledUp) {
  constexpr std::size_t kOutputs = 3;
  constexpr std::size_t kInputs = 40;
  std::vector<float> rows(kOutputs * kInputs);
  model::fill_normal(model::stream_key(8, "w"), 0, 0.02, rows);
  std::vector<float> columns(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    columns[i % kInputs * kOutputs + i / kInputs] = rows[i];
  }
  const auto one = quantize_blocks(matrix({kOutputs, kInputs}, model::Layout::out_in), rows, kInt8Bits);
  const auto other = quantize_blocks(matrix({kInputs, kOutputs}, model::Layout::in_out), columns, kInt8Bits);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->values, other->values);
  EXPECT_EQ(one->scales, other->scales);
  ASSERT_EQ(one->values.size(), kOutputs * 2 * kSize);
  EXPECT_TRUE(std::all_of(one->values.begin() + kInputs, one->values.begin() + 2 * kSize,
                          [](std::uint8_t value) { return value == 128; }));
}

TEST(Int8Blocks, OfZerosAndSubnormalWeightsHaveAScale) {
  for (const float weight : {0.0F, std::numeric_limits<float>::denorm_min()}) {
    const auto made = quantize_blocks(matrix({1, kSize}, model::Layout::out_in),
                                      std::vector<float>(kSize, weight), kInt8Bits);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->scales, std::vector<float>{1.0F});
    EXPECT_EQ(made->values, std::vector<std::uint8_t>(kSize, 128));
  }
}

TEST(Int8BlocksGraph, PassesTheCheckerAndQuantisesTheProjections) {
  for (const bool head : {false, true}) {
    const auto model = build_decoder(small_config(), blocks_settings(head));
    const auto verified = verify_graph(model);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_THAT(nodes_of(model, "MatMulInteger"), ::testing::IsEmpty());
    const auto products = nodes_of(model, "MatMulNBits");
    EXPECT_EQ(products.size(), head ? 9U : 8U);
    for (const auto& product : products) {
      EXPECT_EQ(product.input_size(), 3);
    }
  }
}

TEST(Int8BlocksGraph, WithAWeightOfAnotherShapeIsRefused) {
  auto model = build_decoder(small_config(), blocks_settings(false));
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.name() == block_values_name("h.1.mlp.c_proj.weight", kInt8Bits)) {
      tensor.set_dims(2, tensor.dims(2) / 2);
    }
  }
  const auto verified = verify_graph(model);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, ::testing::HasSubstr("K, N and block_size"));
}

TEST(Int8BlocksGraph, HoldsTheWeightsAsTheyAreQuantised) {
  expect_stored_blocks(blocks_settings(false), kInt8Bits);
}

}  // namespace
}  // namespace inferscale::test
