#include "shape_runner.hpp"

#include <cstdio>
#include <cstring>

#include "logger.hpp"
#include "protocol/shape_profile.hpp"

namespace inferscale::tensorrt {
namespace {

using ContextStrategy = nvinfer1::ExecutionContextAllocationStrategy;

tl::unexpected<Error> refused(const protocol::Shape& shape, std::string_view what) {
  return tl::unexpected(
      logger().error(fmt::format("{} for the shape {}", what, describe(shape)), Outcome::error));
}

}  // namespace

Result<ShapeRunner> ShapeRunner::make(const Engine& engine, const protocol::Shape& shape,
                                      protocol::LogitsScope scope, int vocabulary, cudaStream_t stream) {
  const auto profile = best_profile(engine.profiles, shape);
  if (!profile) {
    return tl::unexpected(outside_profiles(engine.profiles, shape));
  }
  ShapeRunner runner;
  runner.scope_ = scope;
  runner.stream_ = stream;
  runner.element_bytes_ = engine.element_bytes;
  runner.input_ = engine.input;
  runner.output_ = engine.output;
  logger().begin();
  runner.context_.reset(engine.engine->createExecutionContext(ContextStrategy::kUSER_MANAGED));
  if (runner.context_ == nullptr) {
    return refused(shape, "making an execution context");
  }
  if (!runner.context_->setOptimizationProfileAsync(static_cast<std::int32_t>(*profile), stream)) {
    return refused(shape, "choosing a profile");
  }
  TRY(check(cudaStreamSynchronize(stream), "choosing a profile"));
  runner.view_ = {nullptr, engine.element, 0, 0, vocabulary};
  TRY(runner.take(shape));
  return runner;
}

Result<void> ShapeRunner::take(const protocol::Shape& shape) {
  nvinfer1::Dims dims{};
  dims.nbDims = 2;
  dims.d[0] = shape.batch;
  dims.d[1] = shape.length;
  logger().begin();
  if (!context_->setInputShape(input_.c_str(), dims)) {
    return refused(shape, "setting the input");
  }
  shape_ = shape;
  view_.batch = shape.batch;
  view_.positions = scope_ == protocol::LogitsScope::all ? shape.length : 1;
  const auto sequences = static_cast<std::size_t>(shape.batch);
  needs_.ids_bytes = sequences * static_cast<std::size_t>(shape.length) * sizeof(std::int32_t);
  needs_.logits_bytes = sequences * static_cast<std::size_t>(view_.positions) *
                        static_cast<std::size_t>(view_.vocabulary) * element_bytes_;
  needs_.scratch_bytes = context_->updateDeviceMemorySizeForShapes();
  return {};
}

Result<void> ShapeRunner::attach(std::shared_ptr<SharedBuffers> buffers) {
  buffers_ = std::move(buffers);
  view_.data = buffers_->host_logits.data.get();
  logger().begin();
  context_->setDeviceMemoryV2(buffers_->scratch.data.get(),
                              static_cast<std::int64_t>(buffers_->scratch.bytes));
  if (!context_->setTensorAddress(input_.c_str(), buffers_->ids.data.get()) ||
      !context_->setTensorAddress(output_.c_str(), buffers_->logits.data.get())) {
    return refused(shape_, "setting addresses");
  }
  return {};
}

Result<void> ShapeRunner::bind(std::shared_ptr<SharedBuffers> buffers, bool capture_graph) {
  TRY(attach(std::move(buffers)));
  logger().begin();
  // Token 0 is one of every vocabulary. The first run does what depends on the shape, and must not be
  // captured.
  std::memset(buffers_->host_ids.data.get(), 0, needs_.ids_bytes);
  TRY(enqueue());
  TRY(check(cudaStreamSynchronize(stream_), "the first run"));
  if (!capture_graph) {
    return {};
  }
  if (const auto captured = capture(); !captured) {
    graph_.reset();
    std::fputs(fmt::format("no CUDA graph for the shape {}: {}\n", describe(shape_), captured.error().message)
                   .c_str(),
               stderr);
  }
  return {};
}

/// Copy in, run, copy out.
Result<void> ShapeRunner::enqueue() {
  TRY(check(cudaMemcpyAsync(buffers_->ids.data.get(), buffers_->host_ids.data.get(), needs_.ids_bytes,
                            cudaMemcpyHostToDevice, stream_),
            "copying ids to the GPU"));
  if (!context_->enqueueV3(stream_)) {
    return refused(shape_, "running the engine");
  }
  return check(cudaMemcpyAsync(buffers_->host_logits.data.get(), buffers_->logits.data.get(),
                               needs_.logits_bytes, cudaMemcpyDeviceToHost, stream_),
               "copying logits to the host");
}

Result<void> ShapeRunner::capture() {
  TRY(check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "starting a capture"));
  const auto enqueued = enqueue();
  cudaGraph_t graph = nullptr;
  const auto ended = check(cudaStreamEndCapture(stream_, &graph), "ending a capture");
  TRY(enqueued);
  TRY(ended);
  cudaGraphExec_t executable = nullptr;
  const auto made = check(cudaGraphInstantiate(&executable, graph, 0), "making a CUDA graph");
  cudaGraphDestroy(graph);
  TRY(made);
  graph_.reset(executable);
  TRY(check(cudaGraphUpload(executable, stream_), "uploading a CUDA graph"));
  TRY(check(cudaGraphLaunch(executable, stream_), "launching a CUDA graph"));
  return check(cudaStreamSynchronize(stream_), "running a CUDA graph");
}

Result<measure::LogitsView> ShapeRunner::run(std::span<const std::int32_t> ids) {
  std::memcpy(buffers_->host_ids.data.get(), ids.data(), ids.size_bytes());
  if (graph_ != nullptr) {
    TRY(check(cudaGraphLaunch(graph_.get(), stream_), "launching a CUDA graph"));
  } else {
    TRY(enqueue());
  }
  TRY(check(cudaStreamSynchronize(stream_), "running the engine"));
  return view_;
}

}  // namespace inferscale::tensorrt
