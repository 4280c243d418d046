#pragma once

#include <NvInferRuntime.h>

#include <memory>

#include "cuda.hpp"
#include "engine.hpp"

namespace inferscale::tensorrt {

/// What the shapes of one prepare() share: only one runs at a time. A captured graph holds the addresses, so
/// the buffers live as long as any runner that was made with them.
struct SharedBuffers {
  DeviceBuffer ids, logits, scratch;
  PinnedBuffer host_ids, host_logits;
};

/// What one shape needs of them.
struct BufferNeeds {
  std::size_t ids_bytes = 0;
  std::size_t logits_bytes = 0;
  std::size_t scratch_bytes = 0;
};

/// One shape: an execution context of its own (a captured graph refers to state that the context keeps for
/// its shape; NVIDIA's developer guide, "CUDA Graphs"), buffers, and the copy in, the engine and the copy out
/// as one CUDA graph. Or, without a graph, one shape after the other.
class ShapeRunner {
 public:
  /// Makes the context on the best profile. Outcome::profile_mismatch when the shape fits none.
  static Result<ShapeRunner> make(const Engine& engine, const protocol::Shape& shape,
                                  protocol::LogitsScope scope, int vocabulary, cudaStream_t stream);

  [[nodiscard]] const protocol::Shape& shape() const { return shape_; }
  [[nodiscard]] const BufferNeeds& needs() const { return needs_; }

  /// Another shape of the same profile. Only before bind(); attach() must follow.
  Result<void> take(const protocol::Shape& shape);
  /// Takes buffers of at least needs().
  Result<void> attach(std::shared_ptr<SharedBuffers> buffers);
  /// The same; then runs once, and captures the graph if asked to. Where the engine cannot be captured it
  /// goes on without, and says so on stderr.
  Result<void> bind(std::shared_ptr<SharedBuffers> buffers, bool capture);

  /// The timed region. `ids` are those of the shape.
  Result<measure::LogitsView> run(std::span<const std::int32_t> ids);

 private:
  ShapeRunner() = default;
  Result<void> enqueue();
  Result<void> capture();

  protocol::Shape shape_;
  protocol::LogitsScope scope_ = protocol::LogitsScope::all;
  std::size_t element_bytes_ = 4;
  cudaStream_t stream_ = nullptr;
  std::shared_ptr<SharedBuffers> buffers_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  GraphExec graph_;
  BufferNeeds needs_;
  std::string input_, output_;
  measure::LogitsView view_;
};

}  // namespace inferscale::tensorrt
