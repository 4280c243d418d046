#include "artifact/engine_profiles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace inferscale::artifact {

using namespace protocol;

namespace {

using ::testing::ElementsAre;

constexpr ProfilePolicy kPolicies[] = {ProfilePolicy::asked, ProfilePolicy::wide, ProfilePolicy::batch,
                                       ProfilePolicy::scenario};

ShapeNeeds tr118() {
  return {builtin_scenarios(), {Mode::prefill, Mode::generate}, 8, 1024, 50257};
}

/// Every shape that the study's workers may be asked for: those of measure(), if measure() does not refuse
/// them as longer than the model, and those of checks that read logits.
std::vector<Shape> every_shape(const ShapeNeeds& needs) {
  std::vector<Shape> shapes;
  for (const auto& scenario : needs.scenarios) {
    for (const Mode mode : needs.modes) {
      MeasureRequest request;
      request.scenario = scenario;
      request.mode = mode == Mode::decode ? Mode::prefill : mode;
      request.new_tokens = needs.new_tokens;
      const auto asked = shapes_of(request);
      if (asked.back().length <= needs.max_positions) {
        shapes.insert(shapes.end(), asked.begin(), asked.end());
      }
    }
  }
  for (int batch = 1; batch <= kLargestScoringBatch; ++batch) {
    for (const int length : {1, 2, 31, 128, kLongestScoring / 2 + 1, kLongestScoring}) {
      shapes.push_back({batch, std::min(length, needs.max_positions)});
    }
  }
  return shapes;
}

/// Whatever fits no profile.
std::vector<std::string> uncovered(const ShapeNeeds& needs, ProfilePolicy policy) {
  const auto profiles = plan_profiles(needs, policy);
  std::vector<std::string> missing;
  for (const Shape& shape : every_shape(needs)) {
    if (!best_profile(profiles, shape)) {
      missing.push_back(describe(shape));
    }
  }
  return missing;
}

TEST(EngineProfiles, OfTr118) {
  const auto names = [](ProfilePolicy policy) {
    std::vector<std::string> list;
    for (const auto& profile : plan_profiles(tr118(), policy)) {
      list.push_back(describe(profile));
    }
    return list;
  };
  EXPECT_THAT(names(ProfilePolicy::wide), ElementsAre("wide [1, 1]..[8, 1024]"));
  EXPECT_EQ(plan_profiles(tr118(), ProfilePolicy::wide)[0].opt, (Shape{4, 19}));  // batch_medium
  EXPECT_THAT(names(ProfilePolicy::batch),
              ElementsAre("batch_1 [1, 8]..[1, 34]", "batch_4 [4, 11]..[4, 26]", "wide [1, 1]..[8, 1024]"));
  EXPECT_THAT(names(ProfilePolicy::scenario),
              ElementsAre("scenario_single_micro [1, 8]..[1, 8]", "scenario_single_short [1, 11]..[1, 11]",
                          "scenario_single_medium [1, 19]..[1, 19]", "scenario_single_long [1, 27]..[1, 27]",
                          "scenario_batch_short [4, 11]..[4, 11]", "scenario_batch_medium [4, 19]..[4, 19]",
                          "batch_1 [1, 8]..[1, 34]", "batch_4 [4, 11]..[4, 26]", "wide [1, 1]..[8, 1024]"));
}

TEST(EngineProfiles, APrefillRunsOnTheProfileTunedForIt) {
  const auto profiles = plan_profiles(tr118(), ProfilePolicy::scenario);
  for (const auto& scenario : builtin_scenarios()) {
    const auto best = best_profile(profiles, {scenario.batch, scenario.prompt_tokens});
    ASSERT_TRUE(best);
    EXPECT_EQ(profiles[*best].name, "scenario_" + scenario.name);
  }
}

TEST(EngineProfiles, WithoutGenerateNothingIsWiderThanThePrompts) {
  auto needs = tr118();
  needs.modes = {Mode::prefill};
  const auto profiles = plan_profiles(needs, ProfilePolicy::batch);
  EXPECT_EQ(profiles[0].max, (Shape{1, 27}));
  EXPECT_EQ(profiles[1].max, (Shape{4, 19}));
}

// The property that TR118 lacked, over random plans: every shape that a plan can produce fits a profile.
TEST(EngineProfiles, CoverEveryShapeOfAnyPlan) {
  std::mt19937 random(118);  // NOLINT(cert-msc51-cpp): the same plans in every run
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 500; ++round) {
    ShapeNeeds needs;
    needs.max_positions = pick(1, 2048);
    needs.vocabulary = pick(1, 50257);
    needs.new_tokens = pick(1, 64);
    const int scenarios = pick(0, 8);
    for (int i = 0; i < scenarios; ++i) {
      needs.scenarios.push_back({fmt::format("s{}", i), pick(1, 256), pick(1, 2200)});
    }
    for (const Mode mode : {Mode::prefill, Mode::generate, Mode::decode}) {
      if (pick(0, 1) == 1) {
        needs.modes.push_back(mode);
      }
    }
    for (const ProfilePolicy policy : {ProfilePolicy::batch, ProfilePolicy::scenario}) {
      EXPECT_THAT(uncovered(needs, policy), ElementsAre()) << "round " << round << ' ' << to_string(policy);
    }
    const auto profiles = plan_profiles(needs, ProfilePolicy::scenario);
    EXPECT_TRUE(parse_profiles(to_json(std::span<const ShapeProfile>(profiles)), "profiles")) << round;
  }
}

TEST(EngineProfiles, OneWideProfileCoversThePlansOfTheDesign) {
  EXPECT_THAT(uncovered(tr118(), ProfilePolicy::wide), ElementsAre());
}

// A tensor has at most 2^31 - 1 elements.
TEST(EngineProfiles, WideEndsWhereATensorWouldBeTooLarge) {
  auto needs = tr118();
  needs.scenarios.push_back({"large", 512, 64});
  const auto profiles = plan_profiles(needs, ProfilePolicy::batch);
  const auto& wide = profiles.back();
  EXPECT_EQ(wide.max, (Shape{41, 1024}));
  EXPECT_LT(std::int64_t{wide.max.batch} * wide.max.length * needs.vocabulary, std::int64_t{1} << 31);
  const auto best = best_profile(profiles, {512, 64});
  ASSERT_TRUE(best);
  EXPECT_EQ(profiles[*best].name, "batch_512");

  needs.max_positions = 1 << 20;
  needs.scenarios = {{"long", 1, 1 << 20}};
  const auto long_context = plan_profiles(needs, ProfilePolicy::wide);
  EXPECT_EQ(long_context[0].max, (Shape{1, ((1LL << 31) - 1) / 50257}));
  // Accuracy is checked with batches that find no room there.
  EXPECT_EQ(long_context.back().name, "scoring");
  EXPECT_TRUE(best_profile(long_context, {kLargestScoringBatch, 128}));
}

TEST(EngineProfiles, WideIsAsLongAsWhatIsAskedFor) {
  ShapeNeeds needs{{{"a", 1, 512}}, {Mode::prefill}, 8, 8192, 49152};
  EXPECT_EQ(plan_profiles(needs, ProfilePolicy::batch).back().max, (Shape{8, 1024}));
  needs.scenarios.push_back({"b", 1, 4000});
  EXPECT_EQ(plan_profiles(needs, ProfilePolicy::batch).back().max, (Shape{8, 4128}));  // and a check's steps
  needs.max_positions = 256;
  EXPECT_EQ(plan_profiles(needs, ProfilePolicy::batch).back().max, (Shape{8, 256}));
}

TEST(EngineProfiles, WhatIsAskedForCanBeAll) {
  ShapeNeeds needs{{{"a", 1, 512}, {"b", 4, 64}}, {Mode::prefill}, 8, 8192, 49152};
  std::vector<std::string> profiles;
  for (const auto& profile : plan_profiles(needs, ProfilePolicy::asked)) {
    profiles.push_back(describe(profile));
  }
  EXPECT_THAT(profiles, ElementsAre("batch_1 [1, 512]..[1, 512]", "batch_4 [4, 64]..[4, 64]"));
  needs.scenarios.clear();  // an engine has a profile
  EXPECT_EQ(plan_profiles(needs, ProfilePolicy::asked).size(), 1U);
}

TEST(EngineProfiles, EqualScenariosShareOne) {
  ShapeNeeds needs{{{"a", 1, 8}, {"b", 1, 8}}, {Mode::prefill}, 8, 64, 100};
  const auto profiles = plan_profiles(needs, ProfilePolicy::scenario);
  std::set<std::string> shapes;
  for (const auto& profile : profiles) {
    EXPECT_TRUE(shapes.insert(describe(profile.min) + describe(profile.max)).second) << describe(profile);
  }
  EXPECT_EQ(profiles.size(), 2U);  // the scenarios', which is the batch's too, and wide
}

TEST(EngineProfiles, PoliciesHaveNames) {
  for (const auto policy : kPolicies) {
    EXPECT_EQ(parse_profile_policy(to_string(policy)), policy);
  }
  EXPECT_FALSE(parse_profile_policy("fine").has_value());
}

TEST(EngineProfiles, OfCachesRoundTheirCapacityUp) {
  ShapeNeeds needs{{{"a", 1, 64}, {"b", 1, 66}, {"c", 4, 64}, {"d", 1, 64}, {"too_long", 1, 1000}},
                   {Mode::prefill, Mode::decode},
                   64,
                   1024,
                   50257};
  const auto caches = plan_caches(needs);
  EXPECT_THAT(caches, ElementsAre(CacheShape{1, 64, 128}, CacheShape{1, 66, 192}, CacheShape{4, 64, 128}));
  std::vector<std::string> profiles;
  for (const auto& profile : cache_profiles(caches)) {
    profiles.push_back(describe(profile));
  }
  EXPECT_THAT(profiles, ElementsAre("cached_1x64 [1, 64]..[1, 64]", "cached_1x1 [1, 1]..[1, 1]",
                                    "cached_1x66 [1, 66]..[1, 66]", "cached_4x64 [4, 64]..[4, 64]",
                                    "cached_4x1 [4, 1]..[4, 1]"));
  needs.modes = {Mode::prefill, Mode::generate};
  EXPECT_TRUE(plan_caches(needs).empty());
}

}  // namespace
}  // namespace inferscale::artifact
