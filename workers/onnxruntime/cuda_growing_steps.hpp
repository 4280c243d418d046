#pragma once

#include <onnxruntime_cxx_api.h>

#include <memory>

#include "cached_graph.hpp"
#include "cuda_steps.hpp"
#include "growing_cache.hpp"
#include "worker/cuda_runtime.hpp"

namespace inferscale::onnxruntime {

/// Steps of a graph whose KV cache grows, on a GPU: in fp32, with sliding windows, and with heads of odd
/// sizes, for which ONNX Runtime has no attention that writes a cache in place. Shapes change with each step,
/// so no CUDA graph is recorded. Keys, values and logits stay on the GPU; tokens cross.
class CudaGrowingSteps final : public CudaCachedSteps {
 public:
  CudaGrowingSteps(Ort::Session& session, CachedGraph graph, CudaStepsSetting setting);

  Result<void> reserve(std::span<const protocol::CacheShape> caches) override;
  Result<Chosen> start(const protocol::TokenBatch& prompt, const protocol::CacheShape& cache) override;
  Result<Chosen> step(std::span<const std::int32_t> tokens) override;
  Result<measure::LogitsView> last_logits() override;
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override;
  [[nodiscard]] bool in_place() const override { return false; }

 private:
  [[nodiscard]] Result<void> check_fits(const protocol::CacheShape& cache) const;
  Result<Chosen> run(std::span<const std::int32_t> tokens, int length);

  Ort::Session& session_;
  CachedGraph graph_;
  CudaStepsSetting setting_;
  Ort::RunOptions run_options_;
  GrowingCache cache_;
  int batch_ = 0;                                            ///< of the sequences that are there
  worker::CudaBuffer ids_, chosen_, logits_;                 ///< on the device, of the largest
  worker::CudaBuffer ids_host_, chosen_host_, logits_host_;  ///< pinned, of the largest
};

}  // namespace inferscale::onnxruntime
