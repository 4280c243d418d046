#include "artifact/recipes/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

// What a backend's needs come to.

namespace inferscale::artifact {
namespace {

using ::testing::HasSubstr;

class FormatsTest : public ::testing::Test {
 protected:
  /// By needs alone: the older fields say that nothing is loaded.
  ModelFiles make(std::vector<protocol::Need> needs) {
    FilesRequest request;
    request.backend = {"smith", "cpu", "fp32", "none", "fp32", ""};
    request.backend.needs = std::move(needs);
    auto files = make_model_files(model_, request, store_);
    EXPECT_TRUE(files) << files.error().message;
    return files ? std::move(*files) : ModelFiles{};
  }

  test::TemporaryFolder folder_;
  ArtifactStore store_{folder_.path()};
  model::Model model_ = *model::resolve_model("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32");
};

TEST_F(FormatsTest, NeedsCountAndNotTheOlderFields) {
  const ModelFiles graph = make({{"onnx", "portable", "fp16"}});
  ASSERT_FALSE(graph.not_made) << graph.not_made->message;
  EXPECT_THAT(graph.artifact.filename().string(), HasSubstr("fp16-prefill-all"));
  ASSERT_EQ(graph.artifacts.size(), 2U);  // the weights that it was made from, once
  EXPECT_EQ(graph.weights.extension(), ".safetensors");
  const ModelFiles weights = make({{"safetensors"}});
  EXPECT_EQ(weights.artifact, weights.weights);
  EXPECT_TRUE(make({{"none"}}).artifacts.empty());
}

TEST_F(FormatsTest, LogitsKeepTheTypeThatIsAskedFor) {
  protocol::Need need{"onnx", "", "fp16"};
  need.logits = "fp16";
  EXPECT_THAT(make({need}).artifact.filename().string(), HasSubstr("-fp16-logits"));
}

TEST_F(FormatsTest, SeveralNeedsAreAllMadeAndTheFirstIsLoaded) {
  const ModelFiles files = make({{"onnx", "", "fp32"}, {"safetensors"}});
  EXPECT_EQ(files.artifact.extension(), ".onnx");
  EXPECT_EQ(files.artifacts.size(), 2U);
}

TEST_F(FormatsTest, WhatNobodyHereCanMakeIsUnsupported) {
  for (const protocol::Need& need :
       {protocol::Need{"gguf"}, protocol::Need{"onnx", "unheard-of", "fp32"}, protocol::Need{"onnx", "", "fp4"}}) {
    const ModelFiles files = make({need});
    ASSERT_TRUE(files.not_made) << need.format;
    EXPECT_EQ(files.not_made->outcome, Outcome::unsupported);
    EXPECT_THAT(files.not_made->message, HasSubstr("this inferscale cannot make what smith loads"));
  }
}

TEST(Formats, AreEachInTheListOnce) {
  for (const Format* format :
       {&kWeightsFormat, &kOnnxFormat, &kLimitsFormat, &kCalibrationSamplesFormat, &kEngineFormat}) {
    EXPECT_EQ(find_format(format->name), format);
  }
  EXPECT_EQ(find_format("gguf"), nullptr);
}

}  // namespace
}  // namespace inferscale::artifact
