#include "artifact/engine_profiles.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::artifact {

using namespace protocol;

namespace {

constexpr std::array<std::pair<ProfilePolicy, std::string_view>, 4> kPolicies{{
    {ProfilePolicy::asked, "asked"},
    {ProfilePolicy::wide, "wide"},
    {ProfilePolicy::batch, "batch"},
    {ProfilePolicy::scenario, "scenario"},
}};

/// What perplexity asks for: batches of 4 lines of at most 128 tokens (TR118's protocol).
constexpr Shape kScoringShape{4, 128};

/// The shapes of one scenario that the model has positions for, in order; the prompt's is the first.
std::vector<Shape> shapes_of_scenario(const ShapeNeeds& needs, const Scenario& scenario) {
  std::vector<Shape> shapes{{scenario.batch, scenario.prompt_tokens}};
  for (const Mode mode : needs.modes) {
    if (!descriptor(mode).runs()) {
      continue;
    }
    for (const Shape& shape : descriptor(mode).shapes(scenario, new_tokens_of(scenario, needs.new_tokens))) {
      if (shape.length > shapes.back().length) {
        shapes.push_back(shape);
      }
    }
  }
  std::erase_if(shapes, [&](const Shape& shape) { return shape.length > needs.max_positions; });
  return shapes;
}

/// The largest batch and the most tokens that are asked for, in the scenarios and besides.
Shape widest(const ShapeNeeds& needs) {
  Shape most{kLargestScoringBatch, std::min(kLongestScoring, needs.max_positions)};
  for (const auto& scenario : needs.scenarios) {
    most.batch = std::max(most.batch, scenario.batch);
    most.length =
        std::max(most.length, std::min(scenario.prompt_tokens + kMostCheckedSteps, needs.max_positions));
    for (const Shape& shape : shapes_of_scenario(needs, scenario)) {
      most.length = std::max(most.length, shape.length);
    }
  }
  return most;
}

ShapeProfile wide_profile(const ShapeNeeds& needs, Shape opt) {
  const auto [batch, length] = widest(needs);
  constexpr std::int64_t kMostElements = std::numeric_limits<std::int32_t>::max();
  const std::int64_t one = std::int64_t{needs.vocabulary} * length;
  ShapeProfile wide{"wide", {1, 1}, {1, 1}, {batch, length}};
  if (one > kMostElements) {
    wide.max = {1, static_cast<int>(std::max<std::int64_t>(1, kMostElements / needs.vocabulary))};
  } else {
    wide.max.batch = static_cast<int>(std::min<std::int64_t>(batch, kMostElements / one));
  }
  wide.opt = {std::min(opt.batch, wide.max.batch), std::min(opt.length, wide.max.length)};
  return wide;
}

/// Where a wide profile of long sequences has no room for the batches that accuracy is checked with.
ShapeProfile scoring_profile(const ShapeNeeds& needs) {
  const int length = std::min(kScoringShape.length, needs.max_positions);
  return {"scoring", {1, 1}, {kScoringShape.batch, length}, {kLargestScoringBatch, length}};
}

void add(std::vector<ShapeProfile>& profiles, ShapeProfile profile) {
  const bool known = std::any_of(profiles.begin(), profiles.end(), [&](const ShapeProfile& other) {
    return other.min == profile.min && other.opt == profile.opt && other.max == profile.max;
  });
  if (!known) {
    profiles.push_back(std::move(profile));
  }
}

/// One for each batch size: from its shortest shape to its longest, tuned for the longest prompt's.
void add_batches(const ShapeNeeds& needs, std::vector<ShapeProfile>& profiles) {
  std::map<int, ShapeProfile> by_batch;
  for (const auto& scenario : needs.scenarios) {
    const auto shapes = shapes_of_scenario(needs, scenario);
    if (shapes.empty()) {
      continue;
    }
    const Shape& prompt = shapes.front();
    auto [found, added] = by_batch.try_emplace(
        scenario.batch, ShapeProfile{fmt::format("batch_{}", scenario.batch), prompt, prompt, shapes.back()});
    auto& profile = found->second;
    profile.min.length = std::min(profile.min.length, prompt.length);
    profile.opt.length = std::max(profile.opt.length, prompt.length);
    profile.max.length = std::max(profile.max.length, shapes.back().length);
  }
  for (auto& [batch, profile] : by_batch) {
    add(profiles, std::move(profile));
  }
}

/// The prompt of most tokens: there a pass costs most. Small ones pay for it, in fp32 most
/// (docs/how-to/gpu.md).
Shape largest_prompt(const ShapeNeeds& needs) {
  const auto largest = std::max_element(
      needs.scenarios.begin(), needs.scenarios.end(), [](const Scenario& a, const Scenario& b) {
        return std::int64_t{a.batch} * a.prompt_tokens < std::int64_t{b.batch} * b.prompt_tokens;
      });
  return largest == needs.scenarios.end() ? kScoringShape : Shape{largest->batch, largest->prompt_tokens};
}

}  // namespace

std::string_view to_string(ProfilePolicy policy) {
  return std::find_if(kPolicies.begin(), kPolicies.end(),
                      [&](const auto& entry) { return entry.first == policy; })
      ->second;
}

std::optional<ProfilePolicy> parse_profile_policy(std::string_view text) {
  for (const auto& [policy, name] : kPolicies) {
    if (name == text) {
      return policy;
    }
  }
  return std::nullopt;
}

std::vector<ShapeProfile> plan_profiles(const ShapeNeeds& needs, ProfilePolicy policy) {
  std::vector<ShapeProfile> profiles;
  if (policy == ProfilePolicy::scenario) {
    for (const auto& scenario : needs.scenarios) {
      const Shape prompt{scenario.batch, scenario.prompt_tokens};
      if (prompt.length <= needs.max_positions) {
        add(profiles, {"scenario_" + scenario.name, prompt, prompt, prompt});
      }
    }
  }
  if (policy != ProfilePolicy::wide) {
    add_batches(needs, profiles);
  }
  if (policy == ProfilePolicy::asked && !profiles.empty()) {
    return profiles;
  }
  const ShapeProfile wide =
      wide_profile(needs, policy == ProfilePolicy::wide ? largest_prompt(needs) : kScoringShape);
  add(profiles, wide);
  if (wide.max.batch < kLargestScoringBatch) {
    add(profiles, scoring_profile(needs));
  }
  return profiles;
}

std::vector<CacheShape> plan_caches(const ShapeNeeds& needs) {
  std::vector<CacheShape> caches;
  for (const Mode mode : needs.modes) {
    for (const auto& scenario : needs.scenarios) {
      const auto longest = descriptor(mode).longest(scenario, new_tokens_of(scenario, needs.new_tokens));
      if (!descriptor(mode).cached() || longest > needs.max_positions) {
        continue;
      }
      const auto steps = (static_cast<int>(longest) + kCapacityStep - 1) / kCapacityStep;
      const CacheShape cache{scenario.batch, scenario.prompt_tokens, steps * kCapacityStep};
      if (std::find(caches.begin(), caches.end(), cache) == caches.end()) {
        caches.push_back(cache);
      }
    }
  }
  return caches;
}

std::vector<ShapeProfile> cache_profiles(const std::vector<CacheShape>& caches) {
  std::vector<ShapeProfile> profiles;
  for (const CacheShape& cache : caches) {
    for (const int length : {cache.prompt, 1}) {
      const Shape shape{cache.batch, length};
      add(profiles, {fmt::format("cached_{}x{}", cache.batch, length), shape, shape, shape});
    }
  }
  return profiles;
}

}  // namespace inferscale::artifact
