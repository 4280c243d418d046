#pragma once

#include <string>

#include "core/json.hpp"

namespace inferscale::family {

/// An error that names the first field of a config.json that changes what is computed, in a way that no block
/// computes: quantised weights, experts, capped or scaled logits, code of the folder's own, and so on. A
/// field that is absent, null or has its neutral value changes nothing. Fields that are not known are let
/// pass: real folders have many that say who made them, and tensors that do not fit are errors of their own.
Result<void> refuse_unsupported(const Json& config, const std::string& place);

}  // namespace inferscale::family
