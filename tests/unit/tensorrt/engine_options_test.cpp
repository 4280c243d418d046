#include "engine_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tensorrt {
namespace {

using ::testing::HasSubstr;

Result<EngineOptions> parsed(const char* text) {
  return parse_engine_options(*parse_json(text, "test"));
}

TEST(EngineOptions, HaveDefaults) {
  const auto options = parsed("{}");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->optimization_level, 3);
  EXPECT_TRUE(options->cuda_graphs);
  EXPECT_TRUE(options->half_logits);
  EXPECT_FALSE(options->strongly_typed.has_value());
}

TEST(EngineOptions, AreRead) {
  const auto options = parsed(
      R"({"optimization_level": 5, "workspace_mb": 64, "strongly_typed": false, "cuda_graphs": false,
          "half_logits": false, "spin": false, "list_layers": true, "profiles": "wide"})");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->optimization_level, 5);
  EXPECT_EQ(options->workspace_mb, 64);
  EXPECT_EQ(options->strongly_typed, false);
  EXPECT_FALSE(options->cuda_graphs || options->half_logits || options->spin);
  EXPECT_TRUE(options->list_layers);
}

TEST(EngineOptions, ACalibratorIsOneOfTensorRts) {
  EXPECT_FALSE(parsed("{}")->calibrator);
  EXPECT_EQ(parsed(R"({"calibrator": "entropy2"})")->calibrator, CalibratorKind::entropy2);
  EXPECT_EQ(parsed(R"({"calibrator": "minmax", "strongly_typed": false})")->calibrator,
            CalibratorKind::minmax);
  EXPECT_THAT(parsed(R"({"calibrator": "legacy"})").error().message, HasSubstr("not \"legacy\""));
  EXPECT_THAT(parsed(R"({"calibrator": "minmax", "strongly_typed": true})").error().message,
              HasSubstr("needs strongly_typed false"));
}

TEST(EngineOptions, BadOnesAreNamed) {
  EXPECT_THAT(parsed(R"({"fast": true})").error().message, HasSubstr("'fast'"));
  EXPECT_THAT(parsed(R"({"optimization_level": 6})").error().message,
              HasSubstr("optimization_level is 0 to 5"));
  EXPECT_THAT(parsed(R"({"workspace_mb": -1})").error().message, HasSubstr("workspace_mb"));
  EXPECT_THAT(parsed(R"({"spin": "yes"})").error().message, HasSubstr("spin"));
}

}  // namespace
}  // namespace inferscale::tensorrt
