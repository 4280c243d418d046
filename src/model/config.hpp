#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::model {

/// The shape of a GPT-2 model: pre-norm decoder blocks, learned positions, and an output projection that
/// shares the token embedding (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners").
struct ModelConfig {
  std::string name;
  int layers = 0;
  int hidden = 0;  ///< d, the width of the residual stream
  int heads = 0;   ///< divides hidden
  int vocabulary = 50257;
  int positions = 1024;  ///< the longest sequence, tokens
  int inner = 0;         ///< width inside the MLP; 0 means 4 x hidden (parsing resolves it)
  double layer_norm_epsilon = 1e-5;
  std::string activation =
      "gelu_new";  ///< 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), the only one known

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

/// The MLP's width with the default resolved.
int inner_size(const ModelConfig& config);
/// hidden / heads.
int head_size(const ModelConfig& config);

/// Exact count, the tied embedding once: V d + P d + L (4 d^2 + 2 d inner + 9 d + inner) + 2 d. For 50,257
/// tokens, 1,024 positions and inner = 4 d that is 51281 d + L (12 d^2 + 13 d) + 2 d. Needs a config that
/// validate() accepts.
std::int64_t parameter_count(const ModelConfig& config);

/// Every field in range (heads divide hidden, ...); the error names the field, not the place.
Result<void> validate(const ModelConfig& config);

/// {"name", "layers", "hidden", "heads", "vocabulary", "positions", "inner", "layer_norm_epsilon",
/// "activation"}
Json to_json(const ModelConfig& config);
/// The reverse; validated. `place` leads the errors.
Result<ModelConfig> config_from_json(const Json& json, const std::string& place);

}  // namespace inferscale::model
