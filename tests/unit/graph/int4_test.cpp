#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "graph/quantize_weight.hpp"
#include "model/random.hpp"
#include "onnx/quantization.hpp"
#include "onnx/verify.hpp"

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::HasSubstr;

constexpr auto kBlock = static_cast<std::size_t>(kInt4Block);

model::Tensor matrix(std::vector<std::int64_t> shape, model::Layout layout) {
  model::Tensor tensor;
  tensor.name = "w";
  tensor.shape = std::move(shape);
  tensor.layout = layout;
  return tensor;
}

std::vector<float> normal(std::size_t count) {
  std::vector<float> values(count);
  model::fill_normal(model::stream_key(7, "w"), 0, 0.02, values);
  return values;
}

unsigned value_at(const BlockQuantizedWeight& weight, std::size_t i) {
  return weight.values.at(i / 2) >> (i % 2 * 4) & 15U;
}

/// As a runtime reads it.
std::vector<float> restored(const BlockQuantizedWeight& weight) {
  std::vector<float> values;
  for (std::size_t i = 0; i < weight.values.size() * 2; ++i) {
    values.push_back((static_cast<float>(value_at(weight, i)) - 8.0F) * weight.scales.at(i / kBlock));
  }
  return values;
}

TEST(Int4Blocks, AreTheNearestAndHoldTheLargestExactly) {
  const auto weights = normal(std::size_t{3} * 64);
  const auto made = quantize_blocks(matrix({3, 64}, model::Layout::out_in), weights);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->scales.size(), 6U);
  const auto back = restored(*made);
  ASSERT_EQ(back.size(), weights.size());
  for (std::size_t block = 0; block < 6; ++block) {
    float largest = 0;
    float extreme = 0;
    for (std::size_t i = block * kBlock; i < (block + 1) * kBlock; ++i) {
      const float scale = std::abs(made->scales[block]);
      // 16 does not exist: what lies beyond 15.5 steps is one step off at most.
      EXPECT_LE(std::abs(back[i] - weights[i]), (value_at(*made, i) == 15 ? 1.0F : 0.5001F) * scale) << i;
      if (std::abs(weights[i]) > largest) {
        largest = std::abs(weights[i]);
        extreme = back[i];
      }
    }
    EXPECT_FLOAT_EQ(std::abs(extreme), largest);
  }
}

TEST(Int4Blocks, OfBothLayoutsAreTheSame) {
  const auto rows = normal(std::size_t{5} * 40);  // the last block of an output is filled up
  std::vector<float> columns(rows.size());
  for (std::size_t output = 0; output < 5; ++output) {
    for (std::size_t input = 0; input < 40; ++input) {
      columns[input * 5 + output] = rows[output * 40 + input];
    }
  }
  const auto one = quantize_blocks(matrix({5, 40}, model::Layout::out_in), rows);
  const auto other = quantize_blocks(matrix({40, 5}, model::Layout::in_out), columns);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->values, other->values);
  EXPECT_EQ(one->scales, other->scales);
  EXPECT_EQ(one->scales.size(), 10U);
  for (std::size_t i = 40; i < 64; ++i) {
    EXPECT_EQ(value_at(*one, i), 8U) << "a filled place is 0";
  }
}

TEST(Int4Blocks, OfZerosHaveAScaleAndOfNonsenseAreRefused) {
  const auto zeros =
      quantize_blocks(matrix({1, 32}, model::Layout::out_in), std::vector<float>(kBlock, 0.0F));
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->scales, std::vector<float>{1.0F});
  EXPECT_EQ(restored(*zeros), std::vector<float>(kBlock, 0.0F));
  std::vector<float> bad(kBlock, 0.0F);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  const auto refused = quantize_blocks(matrix({1, 32}, model::Layout::out_in), bad, 64);
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
    if (tensor.name() == int4_name("h.1.mlp.c_proj.weight")) {
      tensor.set_dims(1, tensor.dims(1) + 1);
    }
  }
  const auto verified = verify_graph(model);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, HasSubstr("K, N and block_size"));
}

TEST(Int4Graph, HoldsTheWeightsAsTheyAreQuantised) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto made = export_onnx(source, {Precision::int4, GraphMode::prefill, protocol::LogitsScope::all},
                                folder / "model.onnx");
  ASSERT_TRUE(made) << made.error().message;
  const auto model = read_model(folder / "model.onnx");
  std::map<std::string, std::string> stored;
  for (const auto& tensor : model.graph().initializer()) {
    stored[tensor.name()] = tensor.raw_data();
  }
  int checked = 0;
  for (const auto& spec : source.specs()) {
    if (!is_projection(spec)) {
      continue;
    }
    const auto expected = quantize_blocks(spec, *source.view_f32(spec));
    ASSERT_TRUE(expected);
    EXPECT_EQ(stored[int4_name(spec.name)], std::string(expected->values.begin(), expected->values.end()));
    EXPECT_EQ(stored[int4_scales_name(spec.name)].size(), expected->scales.size() * sizeof(float));
    EXPECT_FALSE(stored.contains(spec.name));
    ++checked;
  }
  EXPECT_EQ(checked, 8);
}

}  // namespace
}  // namespace inferscale::test
