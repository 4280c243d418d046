#pragma once

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "cached_graph.hpp"
#include "measure/backend.hpp"
#include "worker/cuda_runtime.hpp"

namespace inferscale::onnxruntime {

/// What steps on a GPU run with.
struct CudaStepsSetting {
  std::shared_ptr<const worker::CudaRuntime> cuda;
  void* stream = nullptr;
  bool captures = false;  ///< the session records a CUDA graph for a pass that is numbered
  measure::ElementType logits = measure::ElementType::f32;
  int vocabulary = 0;
};

/// What steps on a GPU are, however they keep their cache. All but the last two throw Ort::Exception.
class CudaCachedSteps : public measure::CachedSteps {
 public:
  virtual ~CudaCachedSteps() = default;
  /// Whether a step can be a CUDA graph: its shapes and addresses stay.
  [[nodiscard]] virtual bool in_place() const = 0;
};

/// Steps with a KV cache in the GPU's memory, written in place. The chosen tokens are the next step's input
/// where they lie; only a copy of them comes to the host.
class CudaSteps final : public CudaCachedSteps {
 public:
  CudaSteps(Ort::Session& session, CachedGraph graph, CudaStepsSetting setting)
      : session_(session), graph_(std::move(graph)), setting_(std::move(setting)) {}

  Result<void> reserve(std::span<const protocol::CacheShape> caches) override;
  Result<Chosen> start(const protocol::TokenBatch& prompt, const protocol::CacheShape& cache) override;
  Result<Chosen> step(std::span<const std::int32_t> tokens) override;
  Result<measure::LogitsView> last_logits() override;
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override;
  [[nodiscard]] bool in_place() const override { return true; }

 private:
  struct Pass {
    std::int32_t total_length = 0;  ///< on the host, at an address that its binding keeps
    Ort::IoBinding binding{nullptr};
    Ort::RunOptions options;
  };
  /// The memory and the two passes of one cache.
  struct Reserved {
    protocol::CacheShape cache;
    worker::CudaBuffer keys_and_values, ids, chosen, last_place, logits;  ///< on the device
    Pass prompt, step;
  };
  Result<void> allocate(Reserved& reserved) const;
  void bind(Reserved& reserved, Pass& pass, int length, void* ids) const;
  Result<void> warm_up(Reserved& reserved);
  Result<Chosen> run(Pass& pass);
  Result<void> set_last_place(std::int32_t place);

  Ort::Session& session_;
  CachedGraph graph_;
  CudaStepsSetting setting_;
  std::vector<std::unique_ptr<Reserved>> reserved_;
  Reserved* current_ = nullptr;                                                ///< whose sequences are there
  std::int32_t length_ = 0;                                                    ///< of the sequences
  worker::CudaBuffer ids_host_, chosen_host_, last_place_host_, logits_host_;  ///< pinned, of the largest
  int next_graph_ = 1 << 20;  ///< numbers of CUDA graphs, apart from those of whole sequences
};

}  // namespace inferscale::onnxruntime
