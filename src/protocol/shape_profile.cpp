#include "protocol/shape_profile.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <tuple>

namespace inferscale::protocol {
namespace {

std::int64_t tokens(const Shape& shape) {
  return static_cast<std::int64_t>(shape.batch) * shape.length;
}

/// How many shapes a profile takes: the fewer, the more a runtime can specialise.
std::int64_t width(const ShapeProfile& profile) {
  return static_cast<std::int64_t>(profile.max.batch - profile.min.batch + 1) *
         (profile.max.length - profile.min.length + 1);
}

Json pair_of(const Shape& shape) {
  return Json::array({shape.batch, shape.length});
}

Result<Shape> parse_shape(FieldReader& fields, std::string_view name) {
  std::vector<int> numbers;
  TRY(fields.require(name, numbers));
  if (numbers.size() != 2) {
    return fail("{}: must be [batch, length]", fields.place_of(name));
  }
  return Shape{numbers[0], numbers[1]};
}

Result<ShapeProfile> parse_profile(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", place);
  }
  FieldReader fields(json, place);
  ShapeProfile profile;
  TRY(fields.require("name", profile.name));
  TRY_ASSIGN(profile.min, parse_shape(fields, "min"));
  TRY_ASSIGN(profile.opt, parse_shape(fields, "opt"));
  TRY_ASSIGN(profile.max, parse_shape(fields, "max"));
  TRY(fields.finish());
  if (profile.min.batch < 1 || profile.min.length < 1 || !contains(profile, profile.opt)) {
    return fail("{}: must have 1 <= min <= opt <= max", place);
  }
  return profile;
}

}  // namespace

bool contains(const ShapeProfile& profile, const Shape& shape) {
  return profile.min.batch <= shape.batch && shape.batch <= profile.max.batch &&
         profile.min.length <= shape.length && shape.length <= profile.max.length;
}

std::optional<std::size_t> best_profile(std::span<const ShapeProfile> profiles, const Shape& shape) {
  std::optional<std::size_t> best;
  std::tuple<std::int64_t, std::int64_t> best_score;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    const std::tuple score{std::abs(tokens(profiles[i].opt) - tokens(shape)), width(profiles[i])};
    if (contains(profiles[i], shape) && (!best || score < best_score)) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

std::string describe(const Shape& shape) {
  return fmt::format("[{}, {}]", shape.batch, shape.length);
}

std::string describe(const ShapeProfile& profile) {
  return fmt::format("{} {}..{}", profile.name, describe(profile.min), describe(profile.max));
}

Error outside_profiles(std::span<const ShapeProfile> profiles, const Shape& shape) {
  std::string list;
  for (const auto& profile : profiles) {
    list += (list.empty() ? "" : ", ") + describe(profile);
  }
  return {fmt::format("shape {} lies outside every profile that the engine was built with: {}; build it "
                      "with a scenario of that shape",
                      describe(shape), list),
          Outcome::profile_mismatch};
}

Json to_json(const ShapeProfile& profile) {
  Json json = Json::object();
  json["name"] = profile.name;
  json["min"] = pair_of(profile.min);
  json["opt"] = pair_of(profile.opt);
  json["max"] = pair_of(profile.max);
  return json;
}

Json to_json(std::span<const ShapeProfile> profiles) {
  Json list = Json::array();
  for (const auto& profile : profiles) {
    list.push_back(to_json(profile));
  }
  return list;
}

Result<std::vector<ShapeProfile>> parse_profiles(const Json& json, const std::string& place) {
  if (!json.is_array() || json.empty()) {
    return fail("{}: must be a list of at least one profile", place);
  }
  std::vector<ShapeProfile> profiles;
  std::set<std::string> names;
  for (std::size_t i = 0; i < json.size(); ++i) {
    TRY_ASSIGN(ShapeProfile profile, parse_profile(json[i], fmt::format("{}[{}]", place, i)));
    if (!names.insert(profile.name).second) {
      return fail("{}[{}]: the name '{}' is used twice", place, i, profile.name);
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace inferscale::protocol
