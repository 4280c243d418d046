#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "protocol/shape.hpp"

namespace inferscale::protocol {

/// Does the shape lie within the profile's bounds? A shape on a bound does.
bool contains(const ShapeProfile& profile, const Shape& shape);

/// The profile to run a shape with: of those that contain it the one tuned for the nearest number of tokens
/// (batch x length), of equals the narrower, of equals the first. None when no profile contains it.
std::optional<std::size_t> best_profile(std::span<const ShapeProfile> profiles, const Shape& shape);

/// "[4, 19]", as in messages.
std::string describe(const Shape& shape);
/// "single_short [1, 11]..[1, 18]"
std::string describe(const ShapeProfile& profile);

/// Outcome::profile_mismatch, with the shape and every profile in the message.
Error outside_profiles(std::span<const ShapeProfile> profiles, const Shape& shape);

/// {"name", "min": [batch, length], "opt", "max"}
Json to_json(const ShapeProfile& profile);
Json to_json(std::span<const ShapeProfile> profiles);
/// Refuses an empty list, names used twice, and profiles that are not 1 <= min <= opt <= max.
Result<std::vector<ShapeProfile>> parse_profiles(const Json& json, const std::string& place);

}  // namespace inferscale::protocol
