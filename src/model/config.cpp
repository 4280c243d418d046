#include "model/config.hpp"

#include <cmath>

namespace inferscale::model {
namespace {

// Far beyond any GPT-2, and small enough that no count or size below overflows 64 bits.
constexpr int kMaxLayers = 1024;
constexpr int kMaxHidden = 1 << 16;
constexpr int kMaxInner = 1 << 20;
constexpr int kMaxVocabulary = 1 << 24;
constexpr int kMaxPositions = 1 << 20;

Result<void> in_range(const char* field, int value, int low, int high) {
  if (value < low || value > high) {
    return fail("{} must be from {} to {}, not {}", field, low, high, value);
  }
  return {};
}

}  // namespace

int inner_size(const ModelConfig& config) {
  return config.inner > 0 ? config.inner : 4 * config.hidden;
}
int head_size(const ModelConfig& config) {
  return config.hidden / config.heads;
}

std::int64_t parameter_count(const ModelConfig& config) {
  const std::int64_t d = config.hidden;
  const std::int64_t inner = inner_size(config);
  const std::int64_t embeddings = (std::int64_t{config.vocabulary} + config.positions) * d;
  const std::int64_t attention = d * 3 * d + 3 * d + d * d + d;
  const std::int64_t mlp = d * inner + inner + inner * d + d;
  const std::int64_t norms = 4 * d;
  return embeddings + config.layers * (attention + mlp + norms) + 2 * d;
}

Result<void> validate(const ModelConfig& config) {
  TRY(in_range("layers", config.layers, 1, kMaxLayers));
  TRY(in_range("hidden", config.hidden, 1, kMaxHidden));
  TRY(in_range("heads", config.heads, 1, config.hidden));
  TRY(in_range("vocabulary", config.vocabulary, 1, kMaxVocabulary));
  TRY(in_range("positions", config.positions, 1, kMaxPositions));
  TRY(in_range("inner", config.inner, 0, kMaxInner));
  if (config.hidden % config.heads != 0) {
    return fail("heads must divide hidden, and {} does not divide {}", config.heads, config.hidden);
  }
  if (!(config.layer_norm_epsilon > 0 && config.layer_norm_epsilon < 1)) {
    return fail("layer_norm_epsilon must lie between 0 and 1, not {}", config.layer_norm_epsilon);
  }
  if (config.activation != "gelu_new") {
    return fail("activation must be 'gelu_new', not '{}'", config.activation);
  }
  return {};
}

Json to_json(const ModelConfig& config) {
  return Json{{"name", config.name},
              {"layers", config.layers},
              {"hidden", config.hidden},
              {"heads", config.heads},
              {"vocabulary", config.vocabulary},
              {"positions", config.positions},
              {"inner", inner_size(config)},
              {"layer_norm_epsilon", config.layer_norm_epsilon},
              {"activation", config.activation}};
}

Result<ModelConfig> config_from_json(const Json& json, const std::string& place) {
  ModelConfig config;
  FieldReader fields(json, place);
  TRY(fields.require("name", config.name));
  TRY(fields.require("layers", config.layers));
  TRY(fields.require("hidden", config.hidden));
  TRY(fields.require("heads", config.heads));
  TRY(fields.read("vocabulary", config.vocabulary));
  TRY(fields.read("positions", config.positions));
  TRY(fields.read("inner", config.inner));
  TRY(fields.read("layer_norm_epsilon", config.layer_norm_epsilon));
  TRY(fields.read("activation", config.activation));
  TRY(fields.finish());
  if (auto valid = validate(config); !valid) {
    return tl::unexpected(valid.error().in(place));
  }
  config.inner = inner_size(config);
  return config;
}

}  // namespace inferscale::model
