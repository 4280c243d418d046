#include "layer_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tensorrt {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(LayerSummary, FormatsInTheInspectorsWords) {
  EXPECT_EQ(precision_of_format("Row major linear FP16 format"), "fp16");
  EXPECT_EQ(precision_of_format("Row major linear FP32"), "fp32");
  EXPECT_EQ(precision_of_format("Float"), "fp32");
  EXPECT_EQ(precision_of_format("Half"), "fp16");
  EXPECT_EQ(precision_of_format("BFloat16"), "bf16");
  EXPECT_EQ(precision_of_format("Thirty-two wide channel vectorized row major Int8 format"), "int8");
  EXPECT_EQ(precision_of_format("Row major Int32 format"), "int32");
  EXPECT_EQ(precision_of_format("Row major linear BOOL"), "bool");
  EXPECT_EQ(precision_of_format("FP8"), "fp8");
  EXPECT_EQ(precision_of_format("N/A due to dynamic shapes"), "other");
}

TEST(LayerSummary, CountsOutputsAndNamesWhatReadsInt8) {
  const auto summary = summarize_layers(R"({"Layers": [
      {"Name": "quantize", "Inputs": [{"Name": "x", "Format/Datatype": "Row major linear FP16"}],
       "Outputs": [{"Name": "q", "Format/Datatype": "Row major Int8 format"}]},
      {"Name": "product", "Inputs": [{"Name": "q", "Format/Datatype": "Row major Int8 format"}],
       "Outputs": [{"Name": "y", "Format/Datatype": "Row major linear FP16"}]},
      {"Name": "done", "Inputs": [], "Outputs": []}], "Bindings": ["input_ids", "logits"]})");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->layers, 3);
  EXPECT_THAT(summary->by_precision, ElementsAre(Pair("fp16", 1), Pair("int8", 1), Pair("unknown", 1)));
  EXPECT_THAT(summary->int8_layers, ElementsAre("product"));
  EXPECT_EQ(to_json(*summary)["layers_by_precision"]["fp16"], 1);
}

TEST(LayerSummary, NamesOnlyAreCounted) {
  const auto summary = summarize_layers(R"({"Layers": ["a", "b"]})");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->layers, 2);
  EXPECT_THAT(summary->by_precision, ElementsAre(Pair("unknown", 2)));
}

TEST(LayerSummary, OtherTextIsAnError) {
  for (const char* text : {"", "[]", "{}", R"({"Layers": 3})", R"({"Layers": [)"}) {
    EXPECT_FALSE(summarize_layers(text)) << text;
  }
}

TEST(LayerSummary, OddLayersDoNotBreakIt) {
  const auto summary = summarize_layers(
      R"({"Layers": [{}, {"Name": 3, "Inputs": [{"Format/Datatype": "Int8"}]}, {"Inputs": [1], "Outputs": 2}]})");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->layers, 3);
  EXPECT_THAT(summary->int8_layers, ElementsAre("without a name"));
}

}  // namespace
}  // namespace inferscale::tensorrt
