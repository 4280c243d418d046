#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "graph/export.hpp"
#include "onnx/verify.hpp"

// Graphs with a KV cache, without weights' bytes. What they compute is held against uncached passes in
// tests/conformance/decode_test.cpp.

namespace inferscale::test {

using namespace onnx_graph;

namespace {

using ::testing::ElementsAre;

model::DecoderSpec small_spec(const std::string& name) {
  const auto spec = model::parse_model_name(name);
  EXPECT_TRUE(spec) << spec.error().message;
  return *spec;
}

model::DecoderSpec llama() {
  return small_spec("llama:layers=2,hidden=48,heads=3,kv_heads=1,vocabulary=31,positions=40,inner=20");
}

ExportSettings cached(Dialect dialect, Precision precision = Precision::fp32) {
  ExportSettings settings;
  settings.precision = precision;
  settings.mode = GraphMode::decode;
  settings.logits = protocol::LogitsScope::last;
  settings.dialect = dialect;
  settings.quantization.form = QuantizationForm::dynamic;
  return settings;
}

template <class Values>
std::vector<std::string> names(const Values& values) {
  std::vector<std::string> result;
  for (const auto& value : values) {
    result.push_back(value.name());
  }
  return result;
}

const onnx::NodeProto* producer(const onnx::ModelProto& model, const std::string& output) {
  for (const auto& node : model.graph().node()) {
    if (std::find(node.output().begin(), node.output().end(), output) != node.output().end()) {
      return &node;
    }
  }
  return nullptr;
}

TEST(Cached, HasTheEcosystemsNamesInTheOrderOfLayers) {
  const auto model = graph::build_decoder(llama(), cached(Dialect::portable));
  EXPECT_THAT(names(model.graph().input()),
              ElementsAre("input_ids", "past_key_values.0.key", "past_key_values.0.value",
                          "past_key_values.1.key", "past_key_values.1.value"));
  EXPECT_THAT(names(model.graph().output()),
              ElementsAre("logits", "next_ids", "present.0.key", "present.0.value", "present.1.key",
                          "present.1.value"));
  const auto& cache = model.graph().input(1).type().tensor_type().shape();
  EXPECT_EQ(cache.dim(1).dim_value(), 1);
  EXPECT_EQ(cache.dim(3).dim_value(), 16);
}

TEST(Cached, APortableCacheGrowsByConcatenation) {
  const auto model = graph::build_decoder(llama(), cached(Dialect::portable));
  const auto* node = producer(model, "present.1.value");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->op_type(), "Concat");
  EXPECT_EQ(node->input(0), "past_key_values.1.value");
}

TEST(Cached, AFusedCacheIsWrittenByTheOperatorOfAttention) {
  for (const auto& spec :
       {llama(), small_spec("gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32")}) {
    const auto model = graph::build_decoder(spec, cached(Dialect::fused));
    const auto* node = producer(model, "present.1.key");
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(node->op_type(), "GroupQueryAttention");
    EXPECT_EQ(node->input(3), "past_key_values.1.key");
    EXPECT_EQ(node->input(5), "last_place");
    EXPECT_EQ(node->input(6), "total_length");
  }
}

TEST(Cached, PassesTheCheckerForEveryFamilyDialectAndPrecision) {
  for (const char* name :
       {"gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32",
        "opt:layers=2,hidden=32,heads=2,vocabulary=61,positions=32",
        "llama:layers=2,hidden=48,heads=3,kv_heads=1,vocabulary=31,positions=40,inner=20",
        "qwen2:layers=2,hidden=32,heads=2,kv_heads=1,vocabulary=31,positions=40",
        "qwen3:layers=2,hidden=20,heads=6,kv_heads=3,head_size=16,vocabulary=31,positions=40"}) {
    for (const Dialect dialect : {Dialect::portable, Dialect::fused}) {
      for (const Precision precision :
           {Precision::fp32, Precision::fp16, Precision::bf16, Precision::int8, Precision::int4}) {
        const auto settings = cached(dialect, precision);
        ASSERT_EQ(graph::best_dialect(small_spec(name), settings), dialect) << name;
        const auto verified = verify_graph(graph::build_decoder(small_spec(name), settings));
        EXPECT_TRUE(verified) << name << ", " << to_string(dialect) << ", " << to_string(precision) << ": "
                              << verified.error().message;
      }
    }
  }
}

TEST(Cached, ASlidingWindowReachesTheOperator) {
  auto spec = llama();
  spec.window.size = 7;
  const auto model = graph::build_decoder(spec, cached(Dialect::fused));
  const auto* node = producer(model, "present.0.key");
  ASSERT_NE(node, nullptr);
  const auto found = std::find_if(node->attribute().begin(), node->attribute().end(),
                                  [](const auto& one) { return one.name() == "local_window_size"; });
  ASSERT_NE(found, node->attribute().end());
  EXPECT_EQ(found->i(), 7);
}

TEST(Cached, HeadsThatTheOperatorDoesNotTakeHaveAPortableCache) {
  const auto odd = small_spec("gpt2:layers=2,hidden=6,heads=2,vocabulary=61,positions=32");
  EXPECT_EQ(graph::best_dialect(odd, cached(Dialect::fused)), Dialect::portable);
}

TEST(Cached, GivesTheLogitsOfTheLastPositionAlone) {
  auto settings = cached(Dialect::portable);
  settings.logits = protocol::LogitsScope::all;
  const auto refused = graph::check_supported(settings);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().usage);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("last position"));
}

}  // namespace
}  // namespace inferscale::test
