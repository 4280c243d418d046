#pragma once

#include <string>

#include "core/json.hpp"
#include "model/rope.hpp"

namespace inferscale::family {

/// The field of a config.json that holds the scaling.
const char* rope_object(const Json& config);

/// The rotary positions that a config.json asks for: `rope_theta` and `rope_scaling`, or `rope_parameters`
/// (transformers 5), which holds both; where both are there, transformers takes `rope_scaling`. `positions`
/// is max_position_embeddings, which stands in for a missing original one. Errors name the field.
Result<model::Rope> read_rope(const Json& config, int positions, const std::string& place);

}  // namespace inferscale::family
