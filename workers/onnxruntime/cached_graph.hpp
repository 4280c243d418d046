#pragma once

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace inferscale::onnxruntime {

inline constexpr std::size_t kIdBytes = sizeof(std::int32_t);  ///< of a token, as graphs take and give it

inline std::size_t size_of(int value) {
  return static_cast<std::size_t>(value);
}

/// What a graph with a KV cache takes and gives, beside ids and logits (docs/reference/export.md), read from
/// a session.
struct CachedGraph {
  struct Tensor {
    std::string past, present;  ///< names of the input and of the output that is the next one
  };
  std::vector<Tensor> tensors;  ///< keys and values of every layer
  std::int64_t kv_heads = 0, head_size = 0;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t element_bytes = 0;
  /// The cache's memory is as long as the longest sequence and is written in place; else it comes out longer
  /// than it went in.
  bool in_place = false;

  /// One tensor's, of `tokens` a sequence.
  [[nodiscard]] std::vector<std::int64_t> shape(std::int64_t batch, std::int64_t tokens) const {
    return {batch, kv_heads, tokens, head_size};
  }
  [[nodiscard]] std::size_t bytes_per_token() const {
    return static_cast<std::size_t>(kv_heads * head_size) * element_bytes;
  }
};

/// True where the graph takes a cache.
bool takes_a_cache(const Ort::Session& session);
/// Outcome::load_failed for a cache that is not laid out so. Throws Ort::Exception.
Result<CachedGraph> read_cached_graph(const Ort::Session& session);

}  // namespace inferscale::onnxruntime
