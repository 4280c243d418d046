#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/measurement.hpp"
#include "protocol/shape_profile.hpp"

namespace inferscale::artifact {

/// How finely an engine is tuned. Finer engines run faster and take longer to build.
enum class ProfilePolicy {
  asked,  ///< one a batch size, over all that the scenarios of that batch ask for: no check of accuracy fits
  wide,   ///< one profile for every shape
  batch,  ///< those of both
  scenario,  ///< besides, one for exactly each scenario's prompt
};

std::string_view to_string(ProfilePolicy policy);
std::optional<ProfilePolicy> parse_profile_policy(std::string_view text);

/// What forward() may be asked for.
struct ShapeNeeds {
  std::vector<protocol::Scenario> scenarios;
  std::vector<protocol::Mode> modes;
  int new_tokens = 8;
  int max_positions = 1024;
  int vocabulary = 50257;
};

/// Batches of the checks that read logits (perplexity, parity) are no larger than this.
constexpr int kLargestScoringBatch = 8;
/// Their sequences are no longer than this: an engine need not take all 8,192 positions of a model, for which
/// the builder would plan memory and time kernels that nothing asks for.
constexpr int kLongestScoring = 1024;
/// Or, where a prompt is long, than the prompt and so many tokens more: the steps of a check of the KV cache.
constexpr int kMostCheckedSteps = 128;

/// Profiles such that every shape of the scenarios in the modes that the model has positions for, and (unless
/// the policy is `asked`) every shape of at most kLargestScoringBatch sequences of at most kLongestScoring
/// tokens, lies in one. A runtime
/// counts a tensor's elements in 31 bits: where that many sequences of that length have more logits, the last
/// profile, "wide", ends at fewer sequences, and, if one is still too long, at fewer tokens.
std::vector<protocol::ShapeProfile> plan_profiles(const ShapeNeeds& needs, ProfilePolicy policy);

/// A cache's capacity grows in steps of so many tokens: an engine's step looks at all of it, so it follows
/// the context, and engines are shared by contexts that differ by less.
constexpr int kCapacityStep = 64;

/// The caches of the scenarios in the modes with one, each once, their capacity rounded up to the step; those
/// that the model has no positions for are left out.
std::vector<protocol::CacheShape> plan_caches(const ShapeNeeds& needs);

/// The shapes of the passes over such caches: a prompt's and a step's, each once.
std::vector<protocol::ShapeProfile> cache_profiles(const std::vector<protocol::CacheShape>& caches);

}  // namespace inferscale::artifact
