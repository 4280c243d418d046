#pragma once

#include <cstdint>
#include <string>

#include "onnx/graph_builder.hpp"

namespace inferscale::onnx_graph {

// Operators of ONNX Runtime's own (ContribOperators.md in its documents): each runs as one kernel what takes
// a dozen standard nodes.

struct GroupedAttention {
  std::string query;       ///< [batch, sequence, heads x size]; or queries, keys and values side by side
  std::string key, value;  ///< [batch, sequence, kv heads x size]; empty where `query` has them
  std::string last_place;  ///< int32 [batch]: the place of each sequence's last token
  std::string length;      ///< int32 scalar: tokens of a sequence
  std::string cos, sin;    ///< [positions, size / 2]; empty: queries and keys are not turned
  /// [batch, kv heads, capacity, size], and what the same with the new tokens is called, which may be the
  /// same memory; empty: no cache.
  std::string past_key, past_value, present_key, present_value;
  std::int64_t heads = 0, kv_heads = 0;
  std::int64_t window = 0;  ///< tokens that one sees, itself included; 0: all before it
  float scale = 0;          ///< of the products of queries and keys
};

/// GroupQueryAttention: turns queries and keys, and gives causal attention, [batch, sequence, heads x size].
std::string grouped_attention(GraphBuilder& build, const std::string& label, const GroupedAttention& inputs);

/// SkipSimplifiedLayerNormalization: the RMS norm of x + added, and under the name `sum` x + added itself.
std::string skip_rms_norm(GraphBuilder& build, const std::string& label, const std::string& x,
                          const std::string& added, const std::string& scale, double epsilon,
                          const std::string& sum);

}  // namespace inferscale::onnx_graph
