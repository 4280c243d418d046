#include "gpu_options.hpp"

#include <gmock/gmock.h>

namespace inferscale::onnxruntime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kLeftOut = "optimization.disable_specified_optimizers";

protocol::LoadRequest request_of(const std::string& backend, const Json& model,
                                 const Json& options = Json::object()) {
  protocol::LoadRequest request;
  request.backend = backend;
  request.model = model;
  request.options = options;
  return request;
}

TEST(GpuOptions, Tf32IsOffUnlessThePlanTurnsItOn) {
  EXPECT_THAT(cuda_provider_options(request_of("onnxruntime-gpu", nullptr), true),
              ElementsAre(Pair("device_id", "0"), Pair("enable_cuda_graph", "1"), Pair("use_tf32", "0")));
  const auto request = request_of("onnxruntime-gpu", nullptr,
                                  {{"cuda.use_tf32", 1}, {"cuda.enable_cuda_graph", "0"}, {"x.y", "z"}});
  EXPECT_THAT(cuda_provider_options(request, true),
              ElementsAre(Pair("device_id", "0"), Pair("enable_cuda_graph", "0"), Pair("use_tf32", "1")));
  EXPECT_THAT(cuda_session_options(request, false), ElementsAre(Pair("x.y", "z")));
}

TEST(GpuOptions, OnlyAnOddMlpInHalvesRunsWithoutFastGelu) {
  const Json odd{{"inner", 37}};
  EXPECT_THAT(cuda_session_options(request_of("onnxruntime-gpu-fp16", odd), true),
              ElementsAre(Pair(kLeftOut, "FastGeluFusion")));
  EXPECT_THAT(cuda_session_options(request_of("onnxruntime-gpu", odd), false), IsEmpty());
  EXPECT_THAT(cuda_session_options(request_of("onnxruntime-gpu-fp16", {{"inner", 3072}}), true), IsEmpty());
  for (const Json& unknown : {Json(nullptr), Json::object(), Json{{"inner", "37"}}}) {
    EXPECT_THAT(cuda_session_options(request_of("onnxruntime-gpu-fp16", unknown), true), IsEmpty())
        << unknown;
  }
}

TEST(GpuOptions, WhatThePlanLeavesOutStaysOut) {
  const auto request = request_of("onnxruntime-gpu-fp16", {{"inner", 37}}, {{kLeftOut, "MatMulAddFusion"}});
  EXPECT_THAT(cuda_session_options(request, true),
              Contains(Pair(kLeftOut, "MatMulAddFusion;FastGeluFusion")));
}

}  // namespace
}  // namespace inferscale::onnxruntime
