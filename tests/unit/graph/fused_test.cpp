#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "onnx/contrib_schemas.hpp"
#include "onnx/verify.hpp"

// Graphs in the dialect `fused`, without weights' bytes. What they compute is held against the portable graph
// in tests/golden/parity/fused_test.cpp.

namespace inferscale::test {

using namespace onnx_graph;

namespace {

/// Heads of 16: the least that ONNX Runtime fuses.
model::DecoderSpec fusable_llama() {
  return shape("llama:layers=3,hidden=48,heads=3,kv_heads=1,vocabulary=31,positions=40,inner=20");
}

ExportSettings fused(Precision precision = Precision::fp16) {
  ExportSettings settings;
  settings.precision = precision;
  settings.dialect = Dialect::fused;
  return settings;
}

std::int64_t count(const onnx::ModelProto& model, const std::string& op) {
  const auto& nodes = model.graph().node();
  return std::count_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.op_type() == op; });
}

TEST(Fused, OneOperatorALayerForAttentionAndOneForEachNormBehindASum) {
  const auto model = graph::build_decoder(fusable_llama(), fused());
  EXPECT_EQ(count(model, "GroupQueryAttention"), 3);
  // The first norm has no sum before it, and the last comes after the choice of positions.
  EXPECT_EQ(count(model, "SkipSimplifiedLayerNormalization"), 5);
  EXPECT_EQ(count(model, "Softmax"), 0);
  ASSERT_EQ(model.opset_import_size(), 2);
  EXPECT_EQ(model.opset_import(1).domain(), kContribDomain);
}

TEST(Fused, PassesTheCheckerAtEveryFloatPrecisionAndScope) {
  auto biased = fusable_llama();
  biased.biases.attention = true;
  const auto normed =
      shape("qwen3:layers=2,hidden=20,heads=6,kv_heads=3,head_size=16,vocabulary=31,positions=40");
  for (const auto& spec : {fusable_llama(), biased, normed}) {
    for (const auto precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
      for (const auto scope : {protocol::LogitsScope::all, protocol::LogitsScope::last}) {
        ExportSettings settings = fused(precision);
        settings.logits = scope;
        const auto verified = verify_graph(graph::build_decoder(spec, settings));
        EXPECT_TRUE(verified) << verified.error().message;
      }
    }
  }
}

TEST(Fused, AWrongWidthOfQueriesIsFound) {
  auto model = graph::build_decoder(fusable_llama(), fused());
  for (auto& node : *model.mutable_graph()->mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.name() == "kv_num_heads") {
        attribute.set_i(7);
      }
    }
  }
  EXPECT_FALSE(verify_graph(model));
}

TEST(Fused, IsForModelsThatTheOperatorsCompute) {
  const auto dialect = [](const model::DecoderSpec& spec, Precision precision = Precision::fp16) {
    return graph::best_dialect(spec, fused(precision));
  };
  EXPECT_EQ(dialect(fusable_llama()), Dialect::fused);
  EXPECT_EQ(dialect(small_config()), Dialect::portable) << "learned positions";
  auto windowed = fusable_llama();
  windowed.window = {5, {}};
  EXPECT_EQ(dialect(windowed), Dialect::portable);
  EXPECT_EQ(dialect(shape("llama:layers=1,hidden=24,heads=3,vocabulary=31")), Dialect::portable)
      << "heads of 8";
  EXPECT_EQ(dialect(fusable_llama(), Precision::int8), Dialect::portable);
  EXPECT_EQ(dialect(fusable_llama(), Precision::int4), Dialect::portable);
  EXPECT_EQ(graph::best_dialect(fusable_llama(), ExportSettings{}), Dialect::portable);
}

TEST(Fused, ExportRefusesAnotherModelWithTheReason) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto made = graph::export_onnx(source, fused(), folder / "graph.onnx");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("GPT-2 at fp16 has no graph in the dialect fused"));
  auto steps = fused();
  steps.mode = GraphMode::decode;
  steps.logits = protocol::LogitsScope::last;
  const TemporaryFolder other;
  const auto narrow =
      seeded_source(other, shape("gpt2:layers=1,hidden=6,heads=2,vocabulary=61,positions=32"));
  const auto cached = graph::export_onnx(narrow, steps, other / "steps.onnx");
  ASSERT_FALSE(cached);
  EXPECT_THAT(cached.error().message, ::testing::HasSubstr("heads of a multiple of 8"));
  EXPECT_FALSE(std::filesystem::exists(folder / "graph.onnx"));
}

}  // namespace
}  // namespace inferscale::test
