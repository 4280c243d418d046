#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"

// Graphs of models with rotary positions, without weights' bytes. What they compute is held against
// transformers by the conformance suite.

namespace inferscale::test {

using onnx_graph::Precision;
using protocol::LogitsScope;

namespace {

using ::testing::ElementsAre;

model::DecoderSpec small_llama() {
  return shape("llama:layers=2,hidden=24,heads=6,kv_heads=2,vocabulary=31,positions=40,inner=20");
}

/// One a setting that changes the graph.
std::vector<model::DecoderSpec> rotary_variants() {
  std::vector<model::DecoderSpec> all(8, small_llama());
  all[1].kv_heads = 0;
  all[2].biases = {true, true, true};
  all[3].tied_head = false;
  all[4].window = {5, {1}};
  all[5].mlp.activation = model::Activation::gelu;
  all[6] = shape("qwen2:layers=2,hidden=24,heads=6,kv_heads=1,vocabulary=31,positions=40,inner=20");
  all[7] = shape("qwen3:layers=2,hidden=20,heads=6,kv_heads=3,head_size=8,vocabulary=31,positions=40");
  return all;
}

std::map<std::string, int> count_nodes(const onnx::ModelProto& model) {
  std::map<std::string, int> counts;
  for (const auto& node : model.graph().node()) {
    ++counts[node.op_type()];
  }
  return counts;
}

const onnx::TensorProto* find_constant(const onnx::ModelProto& model, const std::string& name) {
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name() == name) {
      return &tensor;
    }
  }
  return nullptr;
}

const onnx::NodeProto* find_node(const onnx::ModelProto& model, const std::string& name) {
  for (const auto& node : model.graph().node()) {
    if (node.name() == name) {
      return &node;
    }
  }
  return nullptr;
}

TEST(RotaryGraph, PassesTheCheckerInEveryPrecisionAndScope) {
  for (const auto& spec : rotary_variants()) {
    for (const auto precision :
         {Precision::fp32, Precision::fp16, Precision::bf16, Precision::int8, Precision::int4}) {
      for (const auto scope : {LogitsScope::all, LogitsScope::last}) {
        onnx_graph::ExportSettings settings;
        settings.precision = precision;
        settings.logits = scope;
        settings.quantization.head = true;
        const auto verified = onnx_graph::verify_graph(graph::build_decoder(spec, settings));
        EXPECT_TRUE(verified) << spec.name << " " << to_string(precision) << ": " << verified.error().message;
      }
    }
  }
}

TEST(RotaryGraph, HasEveryWeightOnce) {
  for (const auto& spec : rotary_variants()) {
    const auto model = graph::build_decoder(spec, {});
    std::map<std::string, std::vector<std::int64_t>> weights;
    for (const auto& tensor : model.graph().initializer()) {
      if (onnx_graph::is_streamed(tensor)) {
        EXPECT_TRUE(
            weights
                .emplace(tensor.name(), std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end()))
                .second)
            << tensor.name();
      }
    }
    for (const auto& one : tensors(spec)) {
      EXPECT_EQ(weights[one.name], one.shape) << one.name;
    }
    EXPECT_EQ(weights.size(), tensors(spec).size());
  }
}

TEST(RotaryGraph, HoldsCosinesAndSinesOfEveryPosition) {
  const auto spec = small_llama();
  const auto model = graph::build_decoder(spec, {});
  const auto table = rope_table(spec.position.rope, head_size(spec), spec.positions);
  const auto* cos = find_constant(model, "rope.cos");
  ASSERT_NE(cos, nullptr);
  EXPECT_THAT(std::vector<std::int64_t>(cos->dims().begin(), cos->dims().end()), ElementsAre(40, 2));
  std::vector<float> values(cos->raw_data().size() / sizeof(float));
  std::memcpy(values.data(), cos->raw_data().data(), cos->raw_data().size());
  EXPECT_EQ(values, table.cos);
}

/// Keys are fp16 throughout at fp16: a table in fp32 would widen them.
TEST(RotaryGraph, TablesHaveTheTypeOfKeys) {
  onnx_graph::ExportSettings settings;
  settings.precision = Precision::fp16;
  const auto model = graph::build_decoder(small_llama(), settings);
  for (const char* name : {"rope.cos", "rope.sin"}) {
    const auto* table = find_constant(model, name);
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table->data_type(), onnx::TensorProto::FLOAT16);
    EXPECT_EQ(table->raw_data().size(), 40U * 2 * 2);
  }
  // Into fp32 and out of it goes what norms see, and the logits go out: 2 a layer, the last, and the head.
  EXPECT_EQ(count_nodes(model)["Cast"], 2 * (2 * 2 + 1) + 1);
}

/// protobuf's limit is on all that a file holds.
TEST(RotaryGraph, TablesCountWhereAFileWouldBeTooLong) {
  const TemporaryFolder folder;
  const auto spec = shape("llama:layers=1,hidden=64,heads=1,vocabulary=31,positions=65536,inner=20");
  const auto source = seeded_source(folder, spec);
  constexpr std::uint64_t kLimit = 26U << 20;  // the tables are 16 MiB, and as much is kept for nodes
  const auto made = graph::export_onnx(source, {}, folder / "long.onnx", {kLimit});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->external_data);
}

TEST(RotaryGraph, RepeatsKeysAtFp16AloneAndOnlyWhereHeadsShareThem) {
  onnx_graph::ExportSettings settings;
  EXPECT_EQ(count_nodes(graph::build_decoder(small_llama(), settings))["Expand"], 0);
  settings.precision = Precision::fp16;
  EXPECT_EQ(count_nodes(graph::build_decoder(small_llama(), settings))["Expand"], 2 * 2);
  auto even = small_llama();
  even.kv_heads = 0;
  EXPECT_EQ(count_nodes(graph::build_decoder(even, settings))["Expand"], 0);
}

TEST(RotaryGraph, OnlyLayersWithAWindowHideWhatLiesBeforeIt) {
  auto spec = small_llama();
  spec.window = {5, {1}};
  const auto model = graph::build_decoder(spec, {});
  EXPECT_EQ(find_node(model, "h.0.attn/masked")->input(1), "shared/mask");
  EXPECT_EQ(find_node(model, "h.1.attn/masked")->input(1), "shared/window_mask");
  EXPECT_EQ(find_node(graph::build_decoder(small_llama(), {}), "shared/window_mask"), nullptr);
}

TEST(RotaryGraph, QuantisesWhatGoesIntoProjectionsOnce) {
  auto spec = small_llama();
  spec.layers = 1;
  EXPECT_THAT(graph::quantized_activations(spec, true),
              ElementsAre("layers.0.input_layernorm", "h.0.attn/joined", "layers.0.post_attention_layernorm",
                          "h.0.mlp/inner_gated", "norm"));
  onnx_graph::ExportSettings settings;
  settings.precision = Precision::int8;
  const auto model = graph::build_decoder(spec, settings);
  EXPECT_EQ(count_nodes(model)["MatMulInteger"], 7);
  EXPECT_EQ(count_nodes(model)["Gemm"], 1);  // the head
}

}  // namespace
}  // namespace inferscale::test
