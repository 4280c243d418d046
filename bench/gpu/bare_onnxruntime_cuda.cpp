// A forward pass with ONNX Runtime's CUDA provider in a loop, as a careful user would write it by hand: what
// inferscale's measuring is compared with. It has nothing of inferscale in it; the provider's options and the
// boundary of latency are those of the worker. I/O binding on device memory, pinned copies, a CUDA graph.
//
//   bare_onnxruntime_cuda GRAPH BATCH LENGTH LOGITS THREADS WARMUP SECONDS
//
// Prints the mean latency in milliseconds, and the number of iterations.
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../bare_program.hpp"
#include "bare_cuda.hpp"

namespace {

using bare::check;

Ort::SessionOptions session_options(int threads, cudaStream_t stream) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ExecutionMode::ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  const auto& api = Ort::GetApi();
  OrtCUDAProviderOptionsV2* cuda = nullptr;
  Ort::ThrowOnError(api.CreateCUDAProviderOptions(&cuda));
  const std::array<const char*, 3> keys{"device_id", "use_tf32", "enable_cuda_graph"};
  const std::array<const char*, 3> values{"0", "0", "1"};
  Ort::ThrowOnError(api.UpdateCUDAProviderOptions(cuda, keys.data(), values.data(), keys.size()));
  Ort::ThrowOnError(api.UpdateCUDAProviderOptionsWithValue(cuda, "user_compute_stream", stream));
  options.AppendExecutionProvider_CUDA_V2(*cuda);
  api.ReleaseCUDAProviderOptions(cuda);
  return options;
}

int run(char** argv) {
  const std::int64_t batch = std::atoi(argv[2]);
  const std::int64_t length = std::atoi(argv[3]);
  const std::int64_t positions = std::string(argv[4]) == "all" ? length : 1;
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  const Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "bare");
  Ort::Session session(environment, argv[1], session_options(std::atoi(argv[5]), stream));

  const auto output = session.GetOutputTypeInfo(0);
  const auto type = output.GetTensorTypeAndShapeInfo().GetElementType();
  const std::int64_t vocabulary = output.GetTensorTypeAndShapeInfo().GetShape().back();
  const std::size_t element = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? 2 : 4;
  const std::array<std::int64_t, 2> ids_shape{batch, length};
  const std::array<std::int64_t, 3> logits_shape{batch, positions, vocabulary};
  const auto prompt = bare::make_prompt(batch * length, vocabulary);
  const std::size_t ids_bytes = prompt.size() * sizeof(std::int32_t);
  const std::size_t logits_bytes = static_cast<std::size_t>(batch * positions * vocabulary) * element;
  void* ids = bare::device_memory(ids_bytes);
  void* logits = bare::device_memory(logits_bytes);
  void* host_ids = bare::pinned_memory(ids_bytes);
  void* host_logits = bare::pinned_memory(logits_bytes);

  const Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
  Ort::IoBinding binding(session);
  binding.BindInput(
      "input_ids", Ort::Value::CreateTensor<std::int32_t>(memory, static_cast<std::int32_t*>(ids),
                                                          prompt.size(), ids_shape.data(), ids_shape.size()));
  binding.BindOutput("logits", Ort::Value::CreateTensor(memory, logits, logits_bytes, logits_shape.data(),
                                                        logits_shape.size(), type));
  Ort::RunOptions options;
  options.AddConfigEntry("disable_synchronize_execution_providers", "1");  // the copy back is waited for
  const auto iterate = [&] {
    std::memcpy(host_ids, prompt.data(), ids_bytes);
    check(cudaMemcpyAsync(ids, host_ids, ids_bytes, cudaMemcpyHostToDevice, stream));
    session.Run(options, binding);
    check(cudaMemcpyAsync(host_logits, logits, logits_bytes, cudaMemcpyDeviceToHost, stream));
    check(cudaStreamSynchronize(stream));
  };
  for (int i = 0; i < std::atoi(argv[6]); ++i) {
    iterate();
  }
  const auto [mean_ms, iterations] = bare::time_loop(iterate, std::atof(argv[7]));
  std::printf("%.9g %d\n", mean_ms, iterations);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return bare::run_program(argc, argv, 7, "GRAPH BATCH LENGTH LOGITS THREADS WARMUP SECONDS", run);
}
