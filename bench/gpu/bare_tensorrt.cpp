// A forward pass of a TensorRT engine in a loop, as a careful user would write it by hand: what inferscale's
// measuring is compared with. It has nothing of inferscale in it; the boundary of latency is the worker's.
// Pinned buffers; copy in, enqueueV3 and copy out as one CUDA graph; waiting by spinning.
//
//   bare_tensorrt ENGINE BATCH LENGTH WARMUP SECONDS
//
// Every optimization profile that takes the shape is tried for a moment, and the fastest is measured. Prints
// the mean latency in milliseconds, the number of iterations, and the profile's number.
#include <NvInferRuntime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

#include "../bare_program.hpp"
#include "bare_cuda.hpp"

namespace {

using bare::check;

class Log final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const char* message) noexcept override {
    if (severity <= Severity::kERROR) {
      std::fprintf(stderr, "TensorRT: %s\n", message);
    }
  }
};

template <class Object>
std::unique_ptr<Object> require(Object* object, const char* what) {
  if (object == nullptr) {
    throw std::runtime_error(std::string("TensorRT made no ") + what);
  }
  return std::unique_ptr<Object>(object);
}

std::vector<char> read_bytes(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(std::string("cannot read ") + path);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// One profile with its graph, ready to be launched.
class Loop {
 public:
  Loop(nvinfer1::ICudaEngine& engine, int profile, nvinfer1::Dims shape, cudaStream_t stream)
      : stream_(stream), context_(require(engine.createExecutionContext(), "execution context")) {
    const bool first_is_input =
        engine.getTensorIOMode(engine.getIOTensorName(0)) == nvinfer1::TensorIOMode::kINPUT;
    const char* input = engine.getIOTensorName(first_is_input ? 0 : 1);
    const char* output = engine.getIOTensorName(first_is_input ? 1 : 0);
    if (!context_->setOptimizationProfileAsync(profile, stream) || !context_->setInputShape(input, shape)) {
      throw std::runtime_error("TensorRT refused the shape");
    }
    const auto logits = context_->getTensorShape(output);
    const std::size_t element = engine.getTensorDataType(output) == nvinfer1::DataType::kHALF ? 2 : 4;
    prompt_ = bare::make_prompt(shape.d[0] * shape.d[1], logits.d[2]);
    ids_bytes_ = prompt_.size() * sizeof(std::int32_t);
    logits_bytes_ = static_cast<std::size_t>(logits.d[0] * logits.d[1] * logits.d[2]) * element;
    ids_ = bare::device_memory(ids_bytes_);
    logits_ = bare::device_memory(logits_bytes_);
    host_ids_ = bare::pinned_memory(ids_bytes_);
    host_logits_ = bare::pinned_memory(logits_bytes_);
    context_->setTensorAddress(input, ids_);
    context_->setTensorAddress(output, logits_);
    std::memcpy(host_ids_, prompt_.data(), ids_bytes_);
    enqueue();  // before the capture: the first run does what depends on the shape
    check(cudaStreamSynchronize(stream_));
    capture();
  }

  void iterate() {
    std::memcpy(host_ids_, prompt_.data(), ids_bytes_);
    check(cudaGraphLaunch(graph_, stream_));
    check(cudaStreamSynchronize(stream_));
  }

 private:
  void enqueue() {
    check(cudaMemcpyAsync(ids_, host_ids_, ids_bytes_, cudaMemcpyHostToDevice, stream_));
    if (!context_->enqueueV3(stream_)) {
      throw std::runtime_error("TensorRT refused to run");
    }
    check(cudaMemcpyAsync(host_logits_, logits_, logits_bytes_, cudaMemcpyDeviceToHost, stream_));
  }

  void capture() {
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    enqueue();
    check(cudaStreamEndCapture(stream_, &graph));
    check(cudaGraphInstantiate(&graph_, graph, 0));
  }

  cudaStream_t stream_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  cudaGraphExec_t graph_ = nullptr;
  std::vector<std::int32_t> prompt_;
  std::size_t ids_bytes_ = 0, logits_bytes_ = 0;
  void *ids_ = nullptr, *logits_ = nullptr, *host_ids_ = nullptr, *host_logits_ = nullptr;
};

bool takes(const nvinfer1::ICudaEngine& engine, int profile, const nvinfer1::Dims& shape) {
  const char* first = engine.getIOTensorName(0);
  const bool is_input = engine.getTensorIOMode(first) == nvinfer1::TensorIOMode::kINPUT;
  const char* input = is_input ? first : engine.getIOTensorName(1);
  const auto min = engine.getProfileShape(input, profile, nvinfer1::OptProfileSelector::kMIN);
  const auto max = engine.getProfileShape(input, profile, nvinfer1::OptProfileSelector::kMAX);
  return std::equal(min.d, min.d + 2, shape.d, std::less_equal<>()) &&
         std::equal(shape.d, shape.d + 2, max.d, std::less_equal<>());
}

int run(char** argv) {
  constexpr double kTrial_s = 0.1;
  Log log;
  nvinfer1::Dims shape{};
  shape.nbDims = 2;
  shape.d[0] = std::atoi(argv[2]);
  shape.d[1] = std::atoi(argv[3]);
  check(cudaSetDeviceFlags(cudaDeviceScheduleSpin));
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  const auto plan = read_bytes(argv[1]);
  const auto runtime = require(nvinfer1::createInferRuntime(log), "runtime");
  const auto engine = require(runtime->deserializeCudaEngine(plan.data(), plan.size()), "engine");

  std::unique_ptr<Loop> best;
  double best_ms = 0;
  int best_profile = -1;
  for (int profile = 0; profile < engine->getNbOptimizationProfiles(); ++profile) {
    if (!takes(*engine, profile, shape)) {
      continue;
    }
    auto loop = std::make_unique<Loop>(*engine, profile, shape, stream);
    bare::time_loop([&] { loop->iterate(); }, kTrial_s);  // clocks go up
    const double ms = bare::time_loop([&] { loop->iterate(); }, kTrial_s).first;
    if (best == nullptr || ms < best_ms) {
      best = std::move(loop);
      best_ms = ms;
      best_profile = profile;
    }
  }
  if (best == nullptr) {
    throw std::runtime_error("no profile of the engine takes the shape");
  }
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    best->iterate();
  }
  const auto [mean_ms, iterations] = bare::time_loop([&] { best->iterate(); }, std::atof(argv[5]));
  std::printf("%.9g %d %d\n", mean_ms, iterations, best_profile);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return bare::run_program(argc, argv, 5, "ENGINE BATCH LENGTH WARMUP SECONDS", run);
}
