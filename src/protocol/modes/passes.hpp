#pragma once

#include <cstdint>
#include <vector>

#include "protocol/scenario.hpp"
#include "protocol/shape.hpp"

// What the modes that pass whole sequences have in common.

namespace inferscale::protocol {

/// The longest sequence of `passes` passes, each one token longer than the one before.
std::int64_t longest_of_passes(const Scenario& scenario, int passes);
/// Shapes of `passes` passes, each one token longer than the one before. The first is the prompt's.
std::vector<Shape> shapes_of_passes(const Scenario& scenario, int passes);

}  // namespace inferscale::protocol
