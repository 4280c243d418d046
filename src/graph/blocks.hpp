#pragma once

#include <string>

#include "graph/emitter.hpp"

namespace inferscale::graph {

// Names of a cached graph's further inputs and outputs (docs/reference/export.md).
inline constexpr const char* kNextIds = "next_ids";  ///< int32 [batch, 1]
/// int32: [batch] of fused graphs, [1] for all sequences of those with a fixed cache
inline constexpr const char* kLastPlace = "last_place";
inline constexpr const char* kNextPlace = "next_place";      ///< int32 [1], of graphs with a fixed cache
inline constexpr const char* kTotalLength = "total_length";  ///< int32 scalar, of fused graphs

// The blocks of a decoder, one file each. The residual stream is [tokens, hidden] with tokens = batch x
// sequence: every projection is then one Gemm with its bias inside, which both CPU runtimes run as a single
// kernel. At int8 the stream is [1, tokens, hidden] (onnx/quantized_linear.hpp says why).

/// Names of what all layers share.
struct Shared {
  std::string shape;        ///< of input_ids
  std::string places;       ///< of the tokens: 0, 1, .., or from the cache's end on
  std::string key_places;   ///< of all keys, the cache's included
  std::string mask;         ///< [sequence, keys], to add to scores
  std::string head_shape;   ///< [batch, sequence, heads, head size]
  std::string flat_shape;   ///< of the residual stream
  std::string mixed_shape;  ///< of what leaves attention: as the stream, of heads x head size

  // Of models with rotary positions.
  std::string kv_head_shape;  ///< [batch, sequence, kv heads, head size]
  std::string cos, sin;       ///< [1, 1, sequence, head size]
  std::string window_mask;    ///< as mask, for layers with a sliding window; empty where there are none

  /// Of graphs with a fixed cache: which of its rows this pass writes, [capacity, 1]. There places and
  /// key_places are int32.
  std::string written;

  // Of fused graphs, whose cos and sin are [positions, head size / 2], and which have no mask. With a cache,
  // places are [batch, sequence].
  std::string row_shape;           ///< [batch, sequence, width]: of queries, keys and values side by side,
                                   ///< or of queries where these have norms
  std::string kv_row_shape;        ///< of keys or values, where they have norms
  std::string length, last_place;  ///< of a sequence, int32: a scalar, and [batch]
};
Shared shared_inputs(Emitter& emit);

/// What goes through the cache, by the names that Hugging Face's exporters gave it: keys and values of a
/// layer, [batch, kv heads, tokens, head size].
enum class Cached { key, value };
std::string past_name(int layer, Cached what);     ///< "past_key_values.3.key", an input
std::string present_name(int layer, Cached what);  ///< "present.3.key", an output
/// Keys or values with those of the cache before them; without a cache, x. The layer's scope is set.
std::string with_past(Emitter& emit, const Shared& shared, const std::string& x, int layer, Cached what);
/// Tokens that the cache holds, or, where it is fixed, has room for: an int64 scalar.
std::string past_length(Emitter& emit);
/// Places of a graph with a fixed cache: of the tokens, of the cache's rows, and which rows are written.
void add_fixed_places(Emitter& emit, Shared& shared);

/// Token ids to the residual stream.
std::string embedding(Emitter& emit, const Shared& shared);

/// One of the model's norms, in fp32: sums of squares pass 65504, and its parameters stay fp32.
std::string norm(Emitter& emit, const std::string& x, model::Role role, int layer);

/// Cosines or sines of every place, stored as "rope.NAME": [positions, head size / 2].
std::string angle_table(Emitter& emit, const std::string& name, const std::vector<float>& table);
/// Adds the cosines and sines of the sequence's places.
void add_rope(Emitter& emit, Shared& shared);
/// Turns queries or keys, [batch, heads, sequence, head size].
std::string rotate(Emitter& emit, const Shared& shared, const std::string& x, const std::string& label);

/// [tokens, heads x head size] each.
struct Projected {
  std::string query, key, value;
};
/// Attention of a model with rotary positions, between its projections and the output's, [batch, heads,
/// sequence, head size]. The layer's scope is set.
std::string rotary_attention(Emitter& emit, const Shared& shared, const Projected& projected, int layer);

/// True where a fused graph can have the model's attention and norms; others are portable. A fused graph has
/// learned positions, sliding windows and quantised weights only with a cache, where it spares copies of it.
bool fuses_attention(const model::DecoderSpec& spec, const onnx_graph::ExportSettings& settings);
void add_fused_inputs(Emitter& emit, Shared& shared);
/// From the normed stream to what the output projection takes.
std::string fused_attention(Emitter& emit, const Shared& shared, const std::string& x, int layer);

/// x + attention(norm(x))
std::string attention(Emitter& emit, const Shared& shared, const std::string& x, int layer);

/// x + mlp(norm(x))
std::string mlp(Emitter& emit, const std::string& x, int layer);

/// The residual stream to the output `logits`, fp32 unless the settings ask for half; with a cache, to the
/// next token of each sequence too.
void head(Emitter& emit, const Shared& shared, const std::string& stream);

/// What a layer's nodes are called that are not one tensor's: "h.3.attn", "h.3.mlp".
std::string layer_scope(int layer, std::string_view part);

}  // namespace inferscale::graph
