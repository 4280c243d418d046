#pragma once

#include <cstdint>
#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/infer_request.hpp>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::openvino {

/// Steps with a KV cache that the runtime keeps as its state.
class OpenVinoSteps {
 public:
  /// Of a model that make_stateful() made.
  OpenVinoSteps(ov::CompiledModel compiled, int vocabulary, std::int64_t kv_bytes_per_token);

  // As measure::CachedSteps; start() and step() throw ov::Exception.
  Result<void> reserve(std::span<const protocol::CacheShape> caches);
  measure::CachedSteps::Chosen start(const protocol::TokenBatch& prompt);
  measure::CachedSteps::Chosen step(std::span<const std::int32_t> tokens);
  [[nodiscard]] measure::LogitsView last_logits() const;
  [[nodiscard]] std::int64_t kv_bytes_per_token() const { return kv_bytes_per_token_; }

 private:
  measure::CachedSteps::Chosen run(std::span<const std::int32_t> tokens, std::size_t length);

  ov::CompiledModel compiled_;
  ov::InferRequest request_;
  int vocabulary_;
  std::int64_t kv_bytes_per_token_;
  std::vector<std::int32_t> ids_, beams_, next_ids_;
  std::vector<float> logits_;
  std::size_t batch_ = 0;
};

}  // namespace inferscale::openvino
