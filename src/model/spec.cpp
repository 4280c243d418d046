#include "model/spec.hpp"

#include <algorithm>
#include <cmath>

#include "model/family.hpp"
#include "model/spec_fields.hpp"
#include "model/tensor.hpp"

namespace inferscale::model {
namespace {

Result<void> in_range(std::string_view field, int value, int low, int high) {
  if (value < low || value > high) {
    return fail("{} must be from {} to {}, not {}", field, low, high, value);
  }
  return {};
}

Result<void> check_heads(const DecoderSpec& spec, const SpecNames& names) {
  if (spec.head_size == 0 && spec.hidden % spec.heads != 0) {
    return fail("{} must divide {}, and {} does not divide {}", names.heads, names.hidden, spec.heads,
                spec.hidden);
  }
  TRY(in_range(names.head_size, head_size(spec), 1, kMaxHidden));
  TRY(in_range(names.kv_heads, kv_heads(spec), 1, spec.heads));
  if (spec.heads % kv_heads(spec) != 0) {
    return fail("{} must divide {}, and {} does not divide {}", names.kv_heads, names.heads, kv_heads(spec),
                spec.heads);
  }
  return {};
}

Result<void> check_window(const DecoderSpec& spec) {
  TRY(in_range("window", spec.window.size, 0, kMaxPositions));
  for (const int layer : spec.window.layers) {
    TRY(in_range("window_layers", layer, 0, spec.layers - 1));
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

bool is_rotary(const DecoderSpec& spec) {
  return spec.position.kind == PositionKind::rope;
}

double attention_scale(const DecoderSpec& spec, int layer) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_size(spec)));
  return spec.scale.by_inverse_layer ? scale / (layer + 1) : scale;
}

int window_of(const DecoderSpec& spec, int layer) {
  const auto& layers = spec.window.layers;
  const bool has = layers.empty() || std::find(layers.begin(), layers.end(), layer) != layers.end();
  return has ? spec.window.size : 0;
}

std::string_view to_string(Activation activation) {
  return kActivations.at(static_cast<std::size_t>(activation));
}
std::string_view to_string(NormKind kind) {
  return kNormKinds.at(static_cast<std::size_t>(kind));
}
std::string_view to_string(PositionKind kind) {
  return kPositionKinds.at(static_cast<std::size_t>(kind));
}

std::int64_t parameter_count(const DecoderSpec& spec) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : tensors(spec)) {
    sum += elements(tensor);
  }
  return sum;
}

Result<void> validate(const DecoderSpec& spec, const SpecNames& names) {
  TRY(in_range("layers", spec.layers, 1, kMaxLayers));
  TRY(in_range(names.hidden, spec.hidden, 1, kMaxHidden));
  TRY(in_range(names.heads, spec.heads, 1, spec.hidden));
  TRY(in_range("vocabulary", spec.vocabulary, 1, kMaxVocabulary));
  TRY(in_range("positions", spec.positions, 1, kMaxPositions));
  TRY(in_range("inner", spec.inner, 0, kMaxInner));
  TRY(check_heads(spec, names));
  if (!(spec.norm.epsilon > 0 && spec.norm.epsilon < 1)) {
    return fail("{} must lie between 0 and 1, not {}", names.epsilon, spec.norm.epsilon);
  }
  if (is_rotary(spec)) {
    TRY(validate(spec.position.rope, head_size(spec), names));
  }
  TRY(check_window(spec));
  if (spec.family == nullptr) {
    return fail("the model has no family");
  }
  return spec.family->check(spec);
}

Json to_json(const DecoderSpec& spec) {
  DecoderSpec meant = spec;
  meant.inner = inner_size(spec);
  meant.kv_heads = kv_heads(spec) == spec.heads ? 0 : kv_heads(spec);
  const bool even_heads = spec.heads > 0 && head_size(spec) * spec.heads == spec.hidden;
  meant.head_size = spec.heads == 0 || even_heads ? 0 : head_size(spec);
  Json json = Json::object();
  write_fields(shape_fields(), meant, json);
  if (spec.family != nullptr && spec.family->name != kDefaultFamily) {
    json[std::string(kFamilyField)] = spec.family->name;
  }
  write_fields(differing_fields(), meant, json);
  return json;
}

}  // namespace inferscale::model
