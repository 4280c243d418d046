#include "family/rope_config.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "family/config_fields.hpp"
#include "model/safetensors.hpp"

namespace inferscale::family {
namespace {

using model::Rope;
using model::RopeScaling;

struct ScalingName {
  std::string_view name;
  RopeScaling scaling;
};
constexpr std::array<ScalingName, 5> kScalings{{{"default", RopeScaling::none},
                                                {"linear", RopeScaling::linear},
                                                {"dynamic", RopeScaling::dynamic},
                                                {"llama3", RopeScaling::llama3},
                                                {"yarn", RopeScaling::yarn}}};

/// All that a scaling of these may hold; transformers ignores what its own type does not use, and so do we.
constexpr std::array<std::string_view, 16> kKnown{"rope_type",
                                                  "type",
                                                  "rope_theta",
                                                  "factor",
                                                  "original_max_position_embeddings",
                                                  "low_freq_factor",
                                                  "high_freq_factor",
                                                  "attention_factor",
                                                  "beta_fast",
                                                  "beta_slow",
                                                  "mscale",
                                                  "mscale_all_dim",
                                                  "truncate",
                                                  "partial_rotary_factor",
                                                  "max_position_embeddings",
                                                  "finetuned"};

/// The object, and what leads its errors.
struct Parameters {
  const Json* json = nullptr;
  std::string place;
};

Result<Parameters> find_parameters(const Json& config, const std::string& place) {
  const Json* found = field_of(config, rope_object(config));
  if (found == nullptr) {
    static const Json none = Json::object();
    return Parameters{&none, place};
  }
  Parameters parameters{found, fmt::format("{}: {}", place, rope_object(config))};
  if (!found->is_object()) {
    return fail("{} must be an object, not {}", parameters.place, model::printable(to_line(*found)));
  }
  return parameters;
}

Result<void> check_known(const Parameters& from) {
  for (const auto& [key, value] : from.json->items()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) {
      return fail("{} has the field '{}', which no supported type of rope has", from.place,
                  model::printable(key));
    }
  }
  return {};
}

Result<RopeScaling> read_scaling(const Parameters& from) {
  const char* name = field_of(*from.json, "rope_type") != nullptr ? "rope_type" : "type";
  const Json* type = field_of(*from.json, name);
  if (type == nullptr) {
    return RopeScaling::none;
  }
  for (const ScalingName& known : kScalings) {
    if (type->is_string() && type->get<std::string>() == known.name) {
      return known.scaling;
    }
  }
  return fail("{}: {} is {}, but only default, linear, dynamic, llama3 and yarn are supported", from.place,
              name, model::printable(to_line(*type)));
}

/// YaRN's stretch of scores for a factor (Peng et al. 2023, equation 22), times `mscale`.
double yarn_scale(double factor, double mscale) {
  return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

Result<void> read_yarn(const Parameters& from, int positions, Rope& rope) {
  const Json& json = *from.json;
  if (field_of(json, "factor") == nullptr) {
    rope.factor = static_cast<double>(positions) / std::max(rope.original_positions, 1);
  }
  TRY(read_number(json, "beta_fast", rope.beta_fast, from.place));
  TRY(read_number(json, "beta_slow", rope.beta_slow, from.place));
  TRY(read_switch(json, "truncate", rope.truncate, from.place));
  double mscale = 0;
  double mscale_all_dim = 0;
  TRY(read_number(json, "mscale", mscale, from.place));
  TRY(read_number(json, "mscale_all_dim", mscale_all_dim, from.place));
  rope.attention_factor = mscale != 0 && mscale_all_dim != 0
                              ? yarn_scale(rope.factor, mscale) / yarn_scale(rope.factor, mscale_all_dim)
                              : yarn_scale(rope.factor, 1);
  return read_number(json, "attention_factor", rope.attention_factor, from.place);
}

Result<void> require_numbers(const Parameters& from, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (field_of(*from.json, name) == nullptr) {
      return fail("{}: field '{}' is missing", from.place, name);
    }
  }
  return {};
}

/// The context of pretraining; transformers prefers the one beside the object.
Result<void> read_original_positions(const Json& config, const Parameters& from, int positions, Rope& rope) {
  constexpr const char* kField = "original_max_position_embeddings";
  rope.original_positions = positions;
  TRY(read_size(*from.json, {kField}, false, rope.original_positions, from.place));
  return read_size(config, {kField}, false, rope.original_positions, from.place);
}

}  // namespace

const char* rope_object(const Json& config) {
  return field_of(config, "rope_scaling") != nullptr ? "rope_scaling" : "rope_parameters";
}

Result<Rope> read_rope(const Json& config, int positions, const std::string& place) {
  TRY_ASSIGN(const Parameters from, find_parameters(config, place));
  Rope rope;
  TRY_ASSIGN(rope.scaling, read_scaling(from));  // first: a type that is not supported has fields of its own
  TRY(check_known(from));
  TRY(read_number(config, "rope_theta", rope.theta, place));
  TRY(read_number(*from.json, "rope_theta", rope.theta, from.place));
  for (const auto& [json, where] : {std::pair(&config, &place), std::pair(from.json, &from.place)}) {
    double share = 1;
    TRY(read_number(*json, "partial_rotary_factor", share, *where));
    if (share != 1) {
      return fail(
          "{}: partial_rotary_factor is {}, but only 1 is supported: transformers' model of this family "
          "turns whole heads",
          *where, share);
    }
  }
  if (rope.scaling == RopeScaling::none) {
    return rope;
  }
  if (rope.scaling != RopeScaling::yarn) {
    TRY(require_numbers(from, {"factor"}));
  }
  TRY(read_number(*from.json, "factor", rope.factor, from.place));
  if (rope.scaling == RopeScaling::llama3 || rope.scaling == RopeScaling::yarn) {
    TRY(read_original_positions(config, from, positions, rope));
  }
  if (rope.scaling == RopeScaling::llama3) {
    TRY(require_numbers(from, {"low_freq_factor", "high_freq_factor"}));
    TRY(read_number(*from.json, "low_freq_factor", rope.low_freq_factor, from.place));
    TRY(read_number(*from.json, "high_freq_factor", rope.high_freq_factor, from.place));
  }
  if (rope.scaling == RopeScaling::yarn) {
    TRY(read_yarn(from, positions, rope));
  }
  return rope;
}

}  // namespace inferscale::family
