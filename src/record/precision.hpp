#pragma once

#include <optional>
#include <string_view>

#include "core/json.hpp"
#include "protocol/precision.hpp"

namespace inferscale::record {

using protocol::PrecisionFacts;

/// Of the precisions that this version knows; none for another.
std::optional<PrecisionFacts> precision_facts(std::string_view name);

/// What a study kept of a backend's precision: `backends` of environment.json, as the backend said it. For a
/// study from before it was kept, what is known of the name.
std::optional<PrecisionFacts> precision_facts(const Json& environment, const std::string& backend,
                                              std::string_view precision);

}  // namespace inferscale::record
