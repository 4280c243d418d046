#include "shape_runner.hpp"

#include <cstdio>
#include <cstring>

#include "core/clock.hpp"
#include "logger.hpp"
#include "protocol/shape_profile.hpp"

namespace inferscale::tensorrt {
namespace {

using ContextStrategy = nvinfer1::ExecutionContextAllocationStrategy;

}  // namespace

tl::unexpected<Error> refused(const protocol::Shape& shape, std::string_view what) {
  return tl::unexpected(
      logger().error(fmt::format("{} for the shape {}", what, describe(shape)), Outcome::error));
}

Result<std::unique_ptr<nvinfer1::IExecutionContext>> make_context(const Engine& engine, std::size_t profile,
                                                                  const protocol::Shape& shape,
                                                                  const CudaStream& stream) {
  logger().begin();
  std::unique_ptr<nvinfer1::IExecutionContext> context(
      engine.engine->createExecutionContext(ContextStrategy::kUSER_MANAGED));
  if (context == nullptr) {
    return refused(shape, "making an execution context");
  }
  if (!context->setOptimizationProfileAsync(static_cast<std::int32_t>(profile), stream.native())) {
    return refused(shape, "choosing a profile");
  }
  TRY(stream.synchronize());
  return context;
}

Result<ShapeRunner> ShapeRunner::make(const Engine& engine, const protocol::Shape& shape,
                                      measure::LoadedModel model, const CudaStream& stream) {
  const auto profile = best_profile(engine.profiles, shape);
  if (!profile) {
    return tl::unexpected(outside_profiles(engine.profiles, shape));
  }
  ShapeRunner runner;
  runner.model_ = model;
  runner.stream_ = stream;
  runner.element_ = engine.element;
  runner.input_ = engine.input;
  runner.output_ = engine.output;
  const auto begun = Clock::now();
  TRY_ASSIGN(runner.context_, make_context(engine, *profile, shape, stream));
  runner.took_.context_s = seconds_since(begun);
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
  layout_ = model_.layout(shape);
  needs_.ids_bytes = layout_.ids() * sizeof(std::int32_t);
  needs_.logits_bytes = layout_.logits() * measure::bytes_of(element_);
  needs_.scratch_bytes = context_->updateDeviceMemorySizeForShapes();
  return {};
}

Result<void> ShapeRunner::attach(std::shared_ptr<SharedBuffers> buffers) {
  buffers_ = std::move(buffers);
  logger().begin();
  context_->setDeviceMemoryV2(buffers_->scratch.data(), static_cast<std::int64_t>(buffers_->scratch.bytes()));
  if (!context_->setTensorAddress(input_.c_str(), buffers_->ids.data()) ||
      !context_->setTensorAddress(output_.c_str(), buffers_->logits.data())) {
    return refused(shape(), "setting addresses");
  }
  return {};
}

Result<void> ShapeRunner::bind(std::shared_ptr<SharedBuffers> buffers, bool capture_graph) {
  TRY(attach(std::move(buffers)));
  logger().begin();
  // Token 0 is one of every vocabulary. The first run does what depends on the shape, and must not be
  // captured.
  std::memset(buffers_->host_ids.data(), 0, needs_.ids_bytes);
  const auto begun = Clock::now();
  TRY(enqueue());
  TRY(stream_.synchronize());
  took_.first_pass_s = seconds_since(begun);
  if (!capture_graph) {
    return {};
  }
  const auto first_ended = Clock::now();
  auto captured = worker::CudaGraph::capture(stream_.cuda, stream_.stream, [this] { return enqueue(); });
  if (captured) {
    graph_ = std::move(*captured);
  } else {
    std::fputs(
        fmt::format("no CUDA graph for the shape {}: {}\n", describe(shape()), captured.error().message)
            .c_str(),
        stderr);
  }
  took_.capture_s = seconds_since(first_ended);
  return {};
}

/// Copy in, run, copy out.
Result<void> ShapeRunner::enqueue() {
  const worker::CudaRuntime& cuda = *stream_.cuda;
  TRY(cuda.copy_to_device(buffers_->ids.data(), buffers_->host_ids.data(), needs_.ids_bytes, stream_.stream));
  if (!context_->enqueueV3(stream_.native())) {
    return refused(shape(), "running the engine");
  }
  return cuda.copy_to_host(buffers_->host_logits.data(), buffers_->logits.data(), needs_.logits_bytes,
                           stream_.stream);
}

Result<measure::LogitsView> ShapeRunner::run(std::span<const std::int32_t> ids) {
  std::memcpy(buffers_->host_ids.data(), ids.data(), ids.size_bytes());
  TRY(graph_ ? graph_.launch(stream_.stream) : enqueue());
  TRY(stream_.synchronize());
  return layout_.view(buffers_->host_logits.data(), element_);
}

}  // namespace inferscale::tensorrt
