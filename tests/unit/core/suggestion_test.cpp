#include "core/suggestion.hpp"

#include <gtest/gtest.h>

namespace inferscale {
namespace {

const std::vector<std::string> kNames{"onnxruntime-cpu", "onnxruntime-cpu-int8", "openvino-cpu-int8",
                                      "openvino-cpu", "null-cpu"};

TEST(DidYouMean, FindsTypingErrors) {
  EXPECT_EQ(did_you_mean("onnxruntime-cup", kNames), "; did you mean 'onnxruntime-cpu'?");
  EXPECT_EQ(did_you_mean("opnvino-cpu", kNames), "; did you mean 'openvino-cpu'?");
  EXPECT_EQ(did_you_mean("null_cpu", kNames), "; did you mean 'null-cpu'?");
  EXPECT_EQ(did_you_mean("stdy", {"study", "doctor"}), "; did you mean 'study'?");
}

TEST(DidYouMean, FindsBeginnings) {
  EXPECT_EQ(did_you_mean("openvino", kNames), "; did you mean 'openvino-cpu-int8'?");  // the first of them
  EXPECT_EQ(did_you_mean("onn", kNames), "");
}

TEST(DidYouMean, IsSilentWhereNothingIsNear) {
  for (const char* far : {"", "x", "tensorrt-fp16", "gpt2", "cpu"}) {
    EXPECT_EQ(did_you_mean(far, kNames), "") << far;
  }
  EXPECT_EQ(did_you_mean("gpt2-xl", {"gpt2-5m", "gpt2-1m"}), "");  // two errors in seven letters
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'a'), {std::string(1'000'000, 'b')}), "");
}

}  // namespace
}  // namespace inferscale
