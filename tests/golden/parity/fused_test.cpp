#include <gtest/gtest.h>

#include <cmath>

#include "artifact/store.hpp"
#include "graph_logits.hpp"

// A graph in the dialect `fused` computes what the portable graph of the same weights does. ONNX Runtime has
// its operators on the CPU too.

namespace inferscale::test {

using namespace onnx_graph;

namespace {

class Fused : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const client::Registry registry = built_workers();
    const auto* backend = registry.find("onnxruntime-cpu");
    if (backend == nullptr || !backend->available()) {
      GTEST_SKIP() << "onnxruntime-cpu cannot run here";
    }
    backend_ = *backend;
  }

  Result<std::vector<float>> logits(const model::Model& model, Precision precision, Dialect dialect) {
    ExportSettings settings;
    settings.precision = precision;
    settings.dialect = dialect;
    TRY_ASSIGN(const artifact::Artifact graph, store_.onnx_graph(model, 118, settings));
    return logits_of_graph(backend_, graph.path, model.config,
                           {{3, 1, 4, 1, 5, 9, 2, 6, 5}, {3, 5, 8, 9, 7, 9, 3, 2, 3}});
  }

  float difference(Precision precision) {
    const auto model = model::resolve_model(GetParam());
    EXPECT_TRUE(model) << model.error().message;
    const auto portable = logits(*model, precision, Dialect::portable);
    const auto fused = logits(*model, precision, Dialect::fused);
    EXPECT_TRUE(portable) << portable.error().message;
    EXPECT_TRUE(fused) << fused.error().message;
    return portable && fused ? relative_difference(*portable, *fused) : INFINITY;
  }

  TemporaryFolder folder_;
  artifact::ArtifactStore store_{folder_.path()};
  client::RegisteredBackend backend_;
};

TEST_P(Fused, ComputesWhatThePortableGraphDoes) {
  EXPECT_LE(difference(Precision::fp32), 1e-5F);
  EXPECT_LE(difference(Precision::fp16), 5e-3F);
}

INSTANTIATE_TEST_SUITE_P(
    Families, Fused,
    ::testing::Values("llama:layers=2,hidden=48,heads=3,kv_heads=1,vocabulary=31,positions=40,inner=20",
                      "qwen2:layers=2,hidden=64,heads=4,kv_heads=2,vocabulary=31,positions=40,inner=20",
                      "qwen3:layers=2,hidden=20,heads=6,kv_heads=3,head_size=16,vocabulary=31,positions=40"),
    [](const auto& model) { return std::string(model.param).substr(0, std::string(model.param).find(':')); });

}  // namespace
}  // namespace inferscale::test
