#pragma once

#include <optional>
#include <string>

#include "protocol/measurement.hpp"

namespace inferscale::protocol {

constexpr double kLongestMs = 1e9;  ///< eleven days: no repetition takes longer

/// What of these seven figures cannot be together, or of any clock, in a sentence; none where all can.
/// Rounding is allowed for.
std::optional<std::string> latency_contradiction(const LatencySummary& latency);

}  // namespace inferscale::protocol
