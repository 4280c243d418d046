#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::model {

struct Family;

enum class NormKind { layer, rms };
struct Norm {
  NormKind kind = NormKind::layer;
  double epsilon = 1e-5;
  friend bool operator==(const Norm&, const Norm&) = default;
};

/// How a token's place reaches the model. `learned`: a vector a place is added to the token's.
enum class PositionKind { learned };
struct Position {
  PositionKind kind = PositionKind::learned;
  int offset = 0;  ///< rows of the table before the one of place 0
  friend bool operator==(const Position&, const Position&) = default;
};

/// gelu_new: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))); gelu: x times the normal distribution up to x;
/// relu: max(x, 0).
enum class Activation { gelu_new, gelu, relu };
struct Mlp {
  Activation activation = Activation::gelu_new;
  bool gated = false;
  friend bool operator==(const Mlp&, const Mlp&) = default;
};

/// Which projections add a vector.
struct Biases {
  bool attention = true, mlp = true;
  friend bool operator==(const Biases&, const Biases&) = default;
};

/// By what the products of queries and keys are multiplied: 1 / sqrt(head size), and by 1 / (layer + 1) too.
struct AttentionScale {
  bool by_inverse_layer = false;
  friend bool operator==(const AttentionScale&, const AttentionScale&) = default;
};

/// What a decoder computes, in the same words for every family: pre-norm blocks of attention and MLP on a
/// residual stream, under an embedding, a final norm and an output projection. Defaults are GPT-2's.
struct DecoderSpec {
  std::string name;
  const Family* family = nullptr;  ///< who knows the tensors; never null in a spec that validate() accepts
  int layers = 0;
  int hidden = 0;     ///< d, the width of the residual stream
  int heads = 0;      ///< divides hidden
  int kv_heads = 0;   ///< heads of keys and values; 0 means heads
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

  friend bool operator==(const DecoderSpec&, const DecoderSpec&) = default;
};

/// With the defaults resolved.
int inner_size(const DecoderSpec& spec);
int head_size(const DecoderSpec& spec);
int kv_heads(const DecoderSpec& spec);
/// By what the scores of `layer` are multiplied.
double attention_scale(const DecoderSpec& spec, int layer);

std::string_view to_string(Activation activation);

/// Elements of all tensors of the family's list; a tied embedding counts once. Needs a spec that validate()
/// accepts.
std::int64_t parameter_count(const DecoderSpec& spec);

/// Every field in range (heads divide hidden, ...); the error names the field, not the place.
Result<void> validate(const DecoderSpec& spec);

/// {"name", "layers", "hidden", "heads", "vocabulary", "positions", "inner", "layer_norm_epsilon",
/// "activation"}, and what differs from GPT-2: "family", "kv_heads", "head_size", "position_offset",
/// "attention_bias", "mlp_bias", "tied_head", "scale_by_inverse_layer". GPT-2's JSON is part of the keys of
/// artifacts, so a field with GPT-2's value is left out.
Json to_json(const DecoderSpec& spec);

}  // namespace inferscale::model
