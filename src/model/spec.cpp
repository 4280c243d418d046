#include "model/spec.hpp"

#include <array>
#include <cmath>

#include "model/family.hpp"
#include "model/tensor.hpp"

namespace inferscale::model {
namespace {

// Far beyond any model of today, and small enough that no count or size below overflows 64 bits.
constexpr int kMaxLayers = 1024;
constexpr int kMaxHidden = 1 << 16;
constexpr int kMaxInner = 1 << 20;
constexpr int kMaxVocabulary = 1 << 24;
constexpr int kMaxPositions = 1 << 20;

/// In the order of the enumeration.
constexpr std::array<std::string_view, 3> kActivations{"gelu_new", "gelu", "relu"};

Result<void> in_range(const char* field, int value, int low, int high) {
  if (value < low || value > high) {
    return fail("{} must be from {} to {}, not {}", field, low, high, value);
  }
  return {};
}

/// What the graph's blocks cannot compute.
Result<void> check_computed(const DecoderSpec& spec) {
  if (spec.norm.kind != NormKind::layer) {
    return fail("a norm by root mean square is not supported");
  }
  if (spec.mlp.gated) {
    return fail("a gated MLP is not supported");
  }
  if (kv_heads(spec) != spec.heads) {
    return fail("kv_heads must be heads, {}, not {}", spec.heads, kv_heads(spec));
  }
  return {};
}

}  // namespace

int inner_size(const DecoderSpec& spec) {
  return spec.inner > 0 ? spec.inner : 4 * spec.hidden;
}
int head_size(const DecoderSpec& spec) {
  return spec.head_size > 0 ? spec.head_size : spec.hidden / spec.heads;
}
int kv_heads(const DecoderSpec& spec) {
  return spec.kv_heads > 0 ? spec.kv_heads : spec.heads;
}

double attention_scale(const DecoderSpec& spec, int layer) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_size(spec)));
  return spec.scale.by_inverse_layer ? scale / (layer + 1) : scale;
}

std::string_view to_string(Activation activation) {
  return kActivations.at(static_cast<std::size_t>(activation));
}

std::int64_t parameter_count(const DecoderSpec& spec) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : tensors(spec)) {
    sum += elements(tensor);
  }
  return sum;
}

Result<void> validate(const DecoderSpec& spec) {
  TRY(in_range("layers", spec.layers, 1, kMaxLayers));
  TRY(in_range("hidden", spec.hidden, 1, kMaxHidden));
  TRY(in_range("heads", spec.heads, 1, spec.hidden));
  TRY(in_range("vocabulary", spec.vocabulary, 1, kMaxVocabulary));
  TRY(in_range("positions", spec.positions, 1, kMaxPositions));
  TRY(in_range("inner", spec.inner, 0, kMaxInner));
  if (spec.hidden % spec.heads != 0) {
    return fail("heads must divide hidden, and {} does not divide {}", spec.heads, spec.hidden);
  }
  if (!(spec.norm.epsilon > 0 && spec.norm.epsilon < 1)) {
    return fail("layer_norm_epsilon must lie between 0 and 1, not {}", spec.norm.epsilon);
  }
  TRY(check_computed(spec));
  if (spec.family == nullptr) {
    return fail("the model has no family");
  }
  return {};
}

Json to_json(const DecoderSpec& spec) {
  Json json{{"name", spec.name},
            {"layers", spec.layers},
            {"hidden", spec.hidden},
            {"heads", spec.heads},
            {"vocabulary", spec.vocabulary},
            {"positions", spec.positions},
            {"inner", inner_size(spec)},
            {"layer_norm_epsilon", spec.norm.epsilon},
            {"activation", to_string(spec.mlp.activation)}};
  const auto add = [&json](const char* field, const auto& value, const auto& of_gpt2) {
    if (value != of_gpt2) {
      json[field] = value;
    }
  };
  const DecoderSpec plain;
  add("family", std::string(spec.family == nullptr ? "gpt2" : spec.family->name), std::string("gpt2"));
  add("kv_heads", kv_heads(spec), spec.heads);
  add("head_size", head_size(spec), spec.heads > 0 ? spec.hidden / spec.heads : 0);
  add("position_offset", spec.position.offset, plain.position.offset);
  add("attention_bias", spec.biases.attention, plain.biases.attention);
  add("mlp_bias", spec.biases.mlp, plain.biases.mlp);
  add("tied_head", spec.tied_head, plain.tied_head);
  add("scale_by_inverse_layer", spec.scale.by_inverse_layer, plain.scale.by_inverse_layer);
  return json;
}

}  // namespace inferscale::model
