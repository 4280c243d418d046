#pragma once

#include <onnxruntime_cxx_api.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cached_graph.hpp"
#include "growing_cache.hpp"
#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// Steps with a KV cache in host memory. A graph that writes its cache in place has all of its inputs and
/// outputs bound once; one whose cache grows gets each output back as an input.
class CpuSteps {
 public:
  CpuSteps(Ort::Session& session, CachedGraph graph, int vocabulary);

  // As measure::CachedSteps; all but the last two throw Ort::Exception.
  Result<void> reserve(std::span<const protocol::CacheShape> caches);
  measure::CachedSteps::Chosen start(const protocol::TokenBatch& prompt, const protocol::CacheShape& cache);
  measure::CachedSteps::Chosen step(std::span<const std::int32_t> tokens);
  [[nodiscard]] measure::LogitsView last_logits() const;
  [[nodiscard]] std::int64_t kv_bytes_per_token() const;

 private:
  /// Inputs and outputs of passes of one shape.
  struct Pass {
    protocol::Shape shape;
    int capacity = 0;
    Ort::IoBinding binding{nullptr};
  };
  /// The pass of a shape, bound when it is first asked for.
  Pass& pass_of(const protocol::Shape& shape);
  void bind_in_place(Pass& pass);
  void run(Pass& pass, std::span<const std::int32_t> tokens);

  Ort::Session& session_;
  CachedGraph graph_;
  int vocabulary_;
  Ort::RunOptions run_options_;
  std::vector<std::byte> memory_;  ///< of the largest cache, in place
  std::vector<std::int32_t> ids_, last_place_, next_ids_;
  std::int32_t total_length_ = 0;
  std::vector<float> logits_;
  GrowingCache growing_;  ///< used where the graph does not write its cache in place
  std::deque<Pass> passes_;
  protocol::CacheShape cache_;  ///< of the sequences that are there
};

}  // namespace inferscale::onnxruntime
