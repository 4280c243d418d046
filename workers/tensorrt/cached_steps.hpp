#pragma once

#include <NvInferRuntime.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine.hpp"
#include "measure/backend.hpp"
#include "shape_runner.hpp"
#include "worker/cuda_graph.hpp"

namespace inferscale::tensorrt {

/// Steps with a KV cache in the GPU's memory: an engine of a graph of the dialect fixed_cache. A prompt, and
/// a step, is one CUDA graph each: the engine, the chosen tokens' and their place's way to the inputs of the
/// next step, and a copy of the tokens to the host. Nothing else crosses.
class TensorRtSteps {
 public:
  TensorRtSteps(const Engine& engine, CudaStream stream, bool cuda_graphs, int vocabulary)
      : engine_(engine), stream_(std::move(stream)), cuda_graphs_(cuda_graphs), vocabulary_(vocabulary) {}

  // As measure::CachedSteps.
  Result<void> reserve(std::span<const protocol::CacheShape> caches);
  Result<measure::CachedSteps::Chosen> start(const protocol::TokenBatch& prompt,
                                             const protocol::CacheShape& cache);
  Result<measure::CachedSteps::Chosen> step(std::span<const std::int32_t> tokens);
  Result<measure::LogitsView> last_logits();
  [[nodiscard]] std::int64_t kv_bytes_per_token() const;
  /// What each reserved cache took: bytes, and seconds to prepare its two passes.
  [[nodiscard]] Json details() const;

 private:
  /// One profile, at addresses that its CUDA graph keeps.
  struct Pass {
    CachePass shapes;
    std::unique_ptr<nvinfer1::IExecutionContext> context;
    worker::CudaGraph graph;
    std::size_t scratch_bytes = 0;
    [[nodiscard]] explicit operator bool() const { return context != nullptr; }
  };
  /// The memory and the two passes of one cache. `inputs` and `outputs` are laid out alike: a token a
  /// sequence, and, apart, a place; so one copy makes the inputs of a step of what the pass before gave.
  struct Reserved {
    protocol::CacheShape cache;
    worker::CudaBuffer keys_and_values, prompt_keys_and_values, inputs, outputs, logits, scratch;
    worker::CudaBuffer prompt_ids, prompt_place;            ///< on the device, as those above
    worker::CudaBuffer ids_host, chosen_host, logits_host;  ///< pinned
    Pass prompt, step;                                      ///< no step where no token follows the prompt's
    double prepare_s = 0;
  };

  Result<std::unique_ptr<Reserved>> make(const protocol::CacheShape& cache) const;
  Result<Pass> make_pass(std::size_t profile) const;
  Result<void> allocate(Reserved& reserved) const;
  Result<void> bind(const Reserved& reserved, const Pass& pass, const worker::CudaBuffer& cache, void* ids,
                    void* place) const;
  Result<void> bind_passes(const Reserved& reserved) const;
  Result<void> warm_up(Reserved& reserved) const;
  Result<void> enqueue_prompt(const Reserved& reserved) const;
  Result<void> enqueue_move(const Reserved& reserved) const;
  Result<void> enqueue_step(const Reserved& reserved) const;
  Result<void> enqueue_results(const Reserved& reserved) const;
  Result<void> run_once(const std::function<Result<void>()>& enqueue) const;
  /// Where that is asked for and can be done; runs it once more.
  Result<void> record(Pass& pass, const std::function<Result<void>()>& enqueue) const;
  [[nodiscard]] std::size_t bytes_per_row() const;
  /// Of keys, or of values, of a layer; and of all of them, each where a tensor may begin.
  [[nodiscard]] std::size_t tensor_bytes(const CachePass& shapes) const;
  [[nodiscard]] std::size_t cache_bytes(const CachePass& shapes) const;
  [[nodiscard]] Result<measure::CachedSteps::Chosen> finished() const;

  const Engine& engine_;
  CudaStream stream_;
  bool cuda_graphs_ = true;
  int vocabulary_ = 0;
  std::vector<std::unique_ptr<Reserved>> reserved_;
  Reserved* current_ = nullptr;  ///< whose sequences are there
  int length_ = 0;               ///< of the sequences
};

}  // namespace inferscale::tensorrt
