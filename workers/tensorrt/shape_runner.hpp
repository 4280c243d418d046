#pragma once

#include <NvInferRuntime.h>

#include <memory>

#include "engine.hpp"
#include "measure/pass_layout.hpp"
#include "worker/cuda_graph.hpp"

namespace inferscale::tensorrt {

/// The runtime, and a stream of it.
struct CudaStream {
  std::shared_ptr<const worker::CudaRuntime> cuda;
  void* stream = nullptr;

  [[nodiscard]] Result<void> synchronize() const { return cuda->synchronize(stream); }
  [[nodiscard]] cudaStream_t native() const { return static_cast<cudaStream_t>(stream); }
};

/// What TensorRT said, of a shape.
tl::unexpected<Error> refused(const protocol::Shape& shape, std::string_view what);
/// On a profile of the engine; its memory is the caller's to give. `shape` is for errors.
Result<std::unique_ptr<nvinfer1::IExecutionContext>> make_context(const Engine& engine, std::size_t profile,
                                                                  const protocol::Shape& shape,
                                                                  const CudaStream& stream);

/// What the shapes of one prepare() share: only one runs at a time. A captured graph holds the addresses, so
/// the buffers live as long as any runner that was made with them.
struct SharedBuffers {
  worker::CudaBuffer ids, logits, scratch;   ///< on the device
  worker::CudaBuffer host_ids, host_logits;  ///< pinned
};

/// What one shape needs of them.
struct BufferNeeds {
  std::size_t ids_bytes = 0;
  std::size_t logits_bytes = 0;
  std::size_t scratch_bytes = 0;
};

/// Wall time of what a shape takes before its first run, seconds.
struct ReadyTimes {
  double context_s = 0;     ///< making the execution context
  double first_pass_s = 0;  ///< TensorRT does then what depends on the shape
  double capture_s = 0;     ///< the CUDA graph; 0 without
};

/// One shape: an execution context of its own (a captured graph refers to state that the context keeps for
/// its shape; NVIDIA's developer guide, "CUDA Graphs"), buffers, and the copy in, the engine and the copy out
/// as one CUDA graph. Or, without a graph, one shape after the other.
class ShapeRunner {
 public:
  /// Makes the context on the best profile. Outcome::profile_mismatch when the shape fits none.
  static Result<ShapeRunner> make(const Engine& engine, const protocol::Shape& shape,
                                  measure::LoadedModel model, const CudaStream& stream);

  [[nodiscard]] const protocol::Shape& shape() const { return layout_.shape; }
  [[nodiscard]] const BufferNeeds& needs() const { return needs_; }
  [[nodiscard]] const ReadyTimes& took() const { return took_; }

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

  measure::LoadedModel model_;
  measure::PassLayout layout_;
  measure::ElementType element_ = measure::ElementType::f32;
  CudaStream stream_;
  std::shared_ptr<SharedBuffers> buffers_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  worker::CudaGraph graph_;
  BufferNeeds needs_;
  ReadyTimes took_;
  std::string input_, output_;
};

}  // namespace inferscale::tensorrt
