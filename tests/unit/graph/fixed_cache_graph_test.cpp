#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "onnx/verify.hpp"

// Graphs in the dialect `fixed_cache`, without weights' bytes. What they compute is held against the graph
// without a cache in tests/golden/parity/fixed_cache_test.cpp.

namespace inferscale::test {

using namespace onnx_graph;
using ::testing::IsSupersetOf;

namespace {

constexpr const char* kGrouped =
    "llama:layers=3,hidden=48,heads=4,kv_heads=2,vocabulary=31,positions=40,inner=20";

model::DecoderSpec spec_of(const std::string& name) {
  const auto spec = model::parse_model_name(name);
  EXPECT_TRUE(spec) << spec.error().message;
  return *spec;
}

ExportSettings fixed(Precision precision) {
  ExportSettings settings;
  settings.precision = precision;
  settings.mode = GraphMode::decode;
  settings.logits = protocol::LogitsScope::last;
  settings.dialect = Dialect::fixed_cache;
  return settings;
}

const onnx::NodeProto& maker_of(const onnx::ModelProto& model, const std::string& name) {
  const auto& nodes = model.graph().node();
  return *std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.output(0) == name; });
}

TEST(FixedCache, PassesTheCheckerAtEveryPrecisionWithOperatorsOfOpset17Alone) {
  auto windowed = spec_of(kGrouped);
  windowed.window.size = 5;
  for (const auto& spec : {small_config(), spec_of(kGrouped), windowed}) {
    for (const auto precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
      const auto model = graph::build_decoder(spec, fixed(precision));
      const auto verified = verify_graph(model);
      EXPECT_TRUE(verified) << verified.error().message;
      ASSERT_EQ(model.opset_import_size(), 1);
      EXPECT_EQ(model.opset_import(0).version(), 17);
    }
  }
}

TEST(FixedCache, GoesOutAsLongAsItCameIn) {
  const auto model = graph::build_decoder(spec_of(kGrouped), fixed(Precision::fp16));
  std::vector<std::string> inputs, outputs;
  for (const auto& input : model.graph().input()) {
    inputs.push_back(input.name());
  }
  for (const auto& output : model.graph().output()) {
    outputs.push_back(output.name());
  }
  EXPECT_THAT(inputs, IsSupersetOf({"input_ids", "last_place", "past_key_values.2.value"}));
  EXPECT_THAT(outputs, IsSupersetOf({"next_ids", "next_place", "present.2.value"}));
  EXPECT_EQ(outputs.front(), "logits");
  for (const auto* values : {&model.graph().input(), &model.graph().output()}) {
    for (const auto& value : *values) {
      if (value.name().find(".key") != std::string::npos) {
        EXPECT_EQ(value.type().tensor_type().elem_type(), onnx::TensorProto::FLOAT16);
        EXPECT_EQ(value.type().tensor_type().shape().dim(2).dim_param(), "capacity") << value.name();
      }
    }
  }
}

/// What TensorRT was measured to run a step fast with.
TEST(FixedCache, WritesByWhereRepeatsNoKeysAndHasItsSoftmaxInFp32) {
  const auto model = graph::build_decoder(spec_of(kGrouped), fixed(Precision::fp16));
  EXPECT_EQ(nodes_of(model, "Where").size(), 3U * 2 + 1);  // and the mask
  EXPECT_TRUE(nodes_of(model, "Expand").empty());
  for (const auto& node : model.graph().node()) {
    if (node.op_type() != "Softmax") {
      continue;
    }
    const auto& masked = maker_of(model, node.input(0));
    EXPECT_EQ(masked.op_type(), "Add");
    const auto& scores = maker_of(model, maker_of(model, masked.input(0)).input(0));
    EXPECT_EQ(scores.op_type(), "Cast") << masked.name();
  }
}

/// TensorRT 10.6 reads the parts of a joint product wrongly in a step: constants alone are taken apart.
TEST(FixedCache, HasAProductEachForQueriesKeysAndValues) {
  for (const auto precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    const auto model = graph::build_decoder(small_config(), fixed(precision));
    const auto& constants = model.graph().initializer();
    const auto splits = nodes_of(model, "Split");
    EXPECT_EQ(splits.size(), 2U * static_cast<std::size_t>(small_config().layers));
    for (const auto& split : splits) {
      EXPECT_TRUE(std::any_of(constants.begin(), constants.end(), [&](const auto& one) {
        return one.name() == split.input(0);
      })) << split.input(0);
    }
  }
}

TEST(FixedCache, IsForDecodeAlone) {
  ExportSettings settings = fixed(Precision::fp32);
  settings.mode = GraphMode::prefill;
  const auto supported = graph::check_supported(settings);
  ASSERT_FALSE(supported);
  EXPECT_EQ(supported.error().message,
            "the dialect 'fixed_cache' is of graphs for mode 'decode', not 'prefill'");
  EXPECT_EQ(graph::best_dialect(spec_of(kGrouped), settings), Dialect::portable);
}

}  // namespace
}  // namespace inferscale::test
