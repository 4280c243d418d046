#include <gtest/gtest.h>

#include <openvino/runtime/core.hpp>

#include "../graph/exported.hpp"
#include "family/resolve.hpp"

// OpenVINO finds rotary positions by the pattern of their nodes, and says nothing where it does not.

namespace inferscale::test {
namespace {

TEST(Rope, IsOneNodeOfTheRuntimeForEachQueryAndKey) {
  const TemporaryFolder folder;
  const auto model =
      model::resolve_model("llama:layers=2,hidden=64,heads=2,kv_heads=1,vocabulary=61,positions=40,inner=48");
  ASSERT_TRUE(model) << model.error().message;
  const auto source = seeded_source(folder, model->config);
  const auto file = folder / "model.onnx";
  const auto made = graph::export_onnx(
      source, {onnx_graph::Precision::fp32, onnx_graph::GraphMode::prefill, protocol::LogitsScope::last},
      file);
  ASSERT_TRUE(made) << made.error().message;
  ov::Core core;
  const auto compiled = core.compile_model(file.string(), "CPU");
  int turned = 0;
  for (const auto& node : compiled.get_runtime_model()->get_ops()) {
    turned += node->get_rt_info().at("layerType").as<std::string>() == "RoPE" ? 1 : 0;
  }
  EXPECT_EQ(turned, 4);
}

}  // namespace
}  // namespace inferscale::test
