#include "protocol/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/describe.hpp"

namespace inferscale::protocol {
namespace {

using ::testing::ElementsAre;

BackendInfo read(const Json& backend) {
  const Json worker{{"worker", "w"}, {"runtime", "W"}, {"runtime_version", "1"}, {"backends", {backend}}};
  const auto info = parse_worker_info(worker, "w");
  EXPECT_TRUE(info) << info.error().message;
  return info ? info->backends.at(0) : BackendInfo{};
}

TEST(Needs, OfAnOlderWorkerAreWhatItsArtifactMeans) {
  const BackendInfo engine{"x-int8", "cuda", "int8", "engine", "int8", ""};
  EXPECT_TRUE(is_built(engine));
  EXPECT_TRUE(takes_int8_graph(engine));
  EXPECT_EQ(graph_of(engine)->format, "onnx");
  EXPECT_EQ(needs_of({"x", "cuda", "fp16", "onnx", "fp16", ""})[0].logits, "fp16");
  EXPECT_EQ(needs_of({"x", "cpu", "fp16", "onnx", "fp16", ""})[0].logits, "");
  EXPECT_FALSE(graph_of({"x", "cpu", "fp32", "safetensors", "int8", ""}));  // it has no graph
  EXPECT_FALSE(loads_a_file({"x", "cpu", "fp32", "none", "fp32", ""}));
  EXPECT_THAT(quantization_forms_of(engine), ElementsAre("qdq"));
  EXPECT_THAT(quantization_forms_of({"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", ""}),
              ElementsAre("dynamic", "qdq"));
  EXPECT_EQ(family_of({"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", ""}), "onnxruntime-cpu");
}

TEST(Needs, AreWhatAWorkerSaysWhateverItsName) {
  const BackendInfo info =
      read(Json{{"name", "tensorrt-int8"},
                {"device", "cuda"},
                {"precision", "int8"},
                {"needs", {{{"format", "plan"}, {"from", "onnx"}, {"precision", "fp16"}, {"later", 1}}}},
                {"quantization_forms", {"dynamic"}},
                {"family", "mine"}});
  EXPECT_TRUE(is_built(info));
  EXPECT_FALSE(takes_int8_graph(info));
  EXPECT_EQ(graph_of(info)->precision, "fp16");
  EXPECT_THAT(quantization_forms_of(info), ElementsAre("dynamic"));
  EXPECT_EQ(family_of(info), "mine");
  const BackendInfo again = read(to_json(info));
  EXPECT_EQ(to_json(again), to_json(info));
}

TEST(Needs, StatedAreThoseThatAnOlderReaderUnderstands) {
  const BackendInfo old{"x-fp16", "cuda", "fp16", "onnx", "fp16", ""};
  const BackendInfo said = stated(old, "x");
  EXPECT_EQ(said.artifact, "onnx");
  EXPECT_EQ(to_json(said)["needs"], Json::parse(R"([{"format":"onnx","precision":"fp16","logits":"fp16"}])"));
}

TEST(Needs, OfAModeAreThoseThatNameItOrElseNone) {
  BackendInfo info{"x", "cpu", "fp32", "onnx", "fp32", ""};
  const std::vector all{Mode::generate, Mode::prefill, Mode::decode};
  EXPECT_EQ(mode_groups(info, all).size(), 1U);
  const Need shared{"onnx", "", "fp32"};
  const Need own{"onnx", "", "fp16", "", "", "decode"};
  info.needs = {shared, own};
  EXPECT_THAT(needs_of(info, Mode::prefill), ElementsAre(shared));
  EXPECT_THAT(needs_of(info, Mode::decode), ElementsAre(own));
  const auto groups = mode_groups(info, all);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].modes, ElementsAre(Mode::generate, Mode::prefill));
  EXPECT_THAT(groups[0].needs, ElementsAre(shared));
  EXPECT_THAT(groups[1].modes, ElementsAre(Mode::decode));
  EXPECT_EQ(group_of(info, all, Mode::prefill), 0U);
  EXPECT_EQ(group_of(info, all, Mode::decode), 1U);
  // Checks of accuracy load the default mode's files, whatever is measured.
  const std::vector decode{Mode::decode};
  ASSERT_EQ(mode_groups(info, decode).size(), 2U);
  EXPECT_TRUE(mode_groups(info, decode)[0].modes.empty());
}

TEST(Needs, ThatAreNoListAreRefused) {
  const Json worker{{"worker", "w"},
                    {"runtime", "W"},
                    {"runtime_version", "1"},
                    {"backends", {{{"name", "x"}, {"device", "cpu"}, {"precision", "fp32"}, {"needs", 3}}}}};
  EXPECT_FALSE(parse_worker_info(worker, "w"));
}

}  // namespace
}  // namespace inferscale::protocol
