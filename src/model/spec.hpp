#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "model/rope.hpp"
#include "model/spec_names.hpp"

namespace inferscale::model {

struct Family;

/// layer: Ba et al. 2016. rms: Zhang and Sennrich 2019, x / sqrt(mean of x^2 + epsilon) x weight.
enum class NormKind { layer, rms };
struct Norm {
  NormKind kind = NormKind::layer;
  double epsilon = 1e-5;
  friend bool operator==(const Norm&, const Norm&) = default;
};

/// How a token's place reaches the model. `learned`: a vector a place is added to the token's. `rope`:
/// queries and keys are turned.
enum class PositionKind { learned, rope };
struct Position {
  PositionKind kind = PositionKind::learned;
  int offset = 0;  ///< of learned: rows of the table before the one of place 0
  Rope rope{};     ///< of rope
  friend bool operator==(const Position&, const Position&) = default;
};

/// gelu_new: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))); gelu: x times the normal distribution up to x;
/// relu: max(x, 0); silu: x / (1 + e^-x).
enum class Activation { gelu_new, gelu, relu, silu };
struct Mlp {
  Activation activation = Activation::gelu_new;
  bool gated = false;  ///< down(activation(gate(x)) x up(x)), Shazeer 2020; else down(activation(up(x)))
  friend bool operator==(const Mlp&, const Mlp&) = default;
};

/// Which projections add a vector.
struct Biases {
  bool attention = true;         ///< those to queries, keys and values
  bool attention_output = true;  ///< the one behind attention
  bool mlp = true;
  friend bool operator==(const Biases&, const Biases&) = default;
};

/// By what the products of queries and keys are multiplied: 1 / sqrt(head size), and by 1 / (layer + 1) too.
struct AttentionScale {
  bool by_inverse_layer = false;
  friend bool operator==(const AttentionScale&, const AttentionScale&) = default;
};

/// A sliding window: a token sees itself and the size - 1 tokens before it.
struct Window {
  int size = 0;             ///< tokens; 0: a token sees all before it
  std::vector<int> layers;  ///< that have it; empty: all
  friend bool operator==(const Window&, const Window&) = default;
};

/// What a decoder computes, in the same words for every family: pre-norm blocks of attention and MLP on a
/// residual stream, under an embedding, a final norm and an output projection. Defaults are GPT-2's.
struct DecoderSpec {
  std::string name;
  const Family* family = nullptr;  ///< who knows the tensors; never null in a spec that validate() accepts
  int layers = 0;
  int hidden = 0;     ///< d, the width of the residual stream
  int heads = 0;      ///< divides hidden, unless head_size is given
  int kv_heads = 0;   ///< heads of keys and values, each read by heads / kv_heads of the queries'; 0: heads
  int head_size = 0;  ///< 0 means hidden / heads
  int vocabulary = 50257;
  int positions = 1024;  ///< the longest sequence, tokens
  int inner = 0;         ///< width inside the MLP; 0 means 4 x hidden (parsing resolves it)
  Norm norm{};
  Position position{};
  Mlp mlp{};
  Biases biases{};
  bool tied_head = true;  ///< the token embedding is the output projection too
  AttentionScale scale{};
  bool qk_norm = false;  ///< each head's query and key pass a norm before they turn
  Window window{};

  friend bool operator==(const DecoderSpec&, const DecoderSpec&) = default;
};

/// With the defaults resolved.
int inner_size(const DecoderSpec& spec);
int head_size(const DecoderSpec& spec);
int kv_heads(const DecoderSpec& spec);
bool is_rotary(const DecoderSpec& spec);
/// By what the scores of `layer` are multiplied.
double attention_scale(const DecoderSpec& spec, int layer);
/// Of `layer`, tokens; 0: none.
int window_of(const DecoderSpec& spec, int layer);

std::string_view to_string(Activation activation);
std::string_view to_string(NormKind kind);
std::string_view to_string(PositionKind kind);

/// Elements of all tensors of the family's list; a tied embedding counts once. Needs a spec that validate()
/// accepts.
std::int64_t parameter_count(const DecoderSpec& spec);

/// Far beyond any model of today, and small enough that no count or size below overflows 64 bits.
inline constexpr int kMaxLayers = 1024;
inline constexpr int kMaxHidden = 1 << 16;
inline constexpr int kMaxInner = 1 << 20;
inline constexpr int kMaxVocabulary = 1 << 24;
inline constexpr int kMaxPositions = 1 << 20;

/// Every field in range (heads divide hidden, ...), and nothing that the family does not have; the error
/// names the field as `names` has it, not the place.
Result<void> validate(const DecoderSpec& spec, const SpecNames& names = {});

/// The fields of model/spec_fields.hpp. GPT-2's JSON is part of the keys of artifacts, so all but the first
/// nine are left out where they have GPT-2's value; inner, kv_heads and head_size are written as they are
/// meant.
Json to_json(const DecoderSpec& spec);

}  // namespace inferscale::model
