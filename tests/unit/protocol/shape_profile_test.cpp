#include "protocol/shape_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

using ::testing::HasSubstr;

const std::vector<ShapeProfile> kProfiles{
    {"exact", {1, 8}, {1, 8}, {1, 8}},
    {"batch_1", {1, 8}, {1, 27}, {1, 34}},
    {"wide", {1, 1}, {4, 128}, {8, 1024}},
};

TEST(ShapeProfile, BoundsBelongToIt) {
  EXPECT_TRUE(contains(kProfiles[1], {1, 8}));
  EXPECT_TRUE(contains(kProfiles[1], {1, 34}));
  EXPECT_FALSE(contains(kProfiles[1], {1, 35}));
  EXPECT_FALSE(contains(kProfiles[1], {1, 7}));
  EXPECT_FALSE(contains(kProfiles[1], {2, 8}));
}

TEST(ShapeProfile, TheBestIsTheOneTunedNearest) {
  EXPECT_EQ(best_profile(kProfiles, {1, 8}), 0U);   // exactly
  EXPECT_EQ(best_profile(kProfiles, {1, 9}), 1U);   // 18 tokens from batch_1's, 503 from wide's
  EXPECT_EQ(best_profile(kProfiles, {1, 35}), 2U);  // only wide has it
  EXPECT_EQ(best_profile(kProfiles, {8, 1024}), 2U);
  EXPECT_FALSE(best_profile(kProfiles, {9, 1}).has_value());
  EXPECT_FALSE(best_profile(kProfiles, {1, 1025}).has_value());
}

TEST(ShapeProfile, OfEquallyNearOnesTheNarrowerIsBest) {
  const std::vector<ShapeProfile> profiles{{"wide", {1, 1}, {1, 10}, {8, 64}},
                                           {"narrow", {1, 8}, {1, 10}, {1, 16}}};
  EXPECT_EQ(best_profile(profiles, {1, 9}), 1U);
}

TEST(ShapeProfile, AShapeOutsideIsToldWithEveryProfile) {
  const Error error = outside_profiles(kProfiles, {9, 1});
  EXPECT_EQ(error.outcome, Outcome::profile_mismatch);
  for (const char* part :
       {"[9, 1]", "exact [1, 8]..[1, 8]", "batch_1 [1, 8]..[1, 34]", "wide [1, 1]..[8, 1024]"}) {
    EXPECT_THAT(error.message, HasSubstr(part));
  }
}

TEST(ShapeProfile, SurvivesJson) {
  const auto parsed = parse_profiles(to_json(std::span<const ShapeProfile>(kProfiles)), "profiles");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, kProfiles);
}

TEST(ShapeProfile, BadJsonIsRefusedByName) {
  const auto message = [](const char* text) {
    const auto parsed = parse_profiles(*parse_json(text, "test"), "profiles");
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_THAT(message("[]"), HasSubstr("profiles: must be a list of at least one"));
  EXPECT_THAT(message("{}"), HasSubstr("must be a list"));
  EXPECT_THAT(message("[3]"), HasSubstr("profiles[0]: must be a JSON object"));
  EXPECT_THAT(message(R"([{"name":"a","min":[1,1],"opt":[1,1]}])"), HasSubstr("'max' is missing"));
  EXPECT_THAT(message(R"([{"name":"a","min":[1],"opt":[1,1],"max":[1,1]}])"), HasSubstr("[batch, length]"));
  EXPECT_THAT(message(R"([{"name":"a","min":[1,2],"opt":[1,1],"max":[1,3]}])"),
              HasSubstr("min <= opt <= max"));
  EXPECT_THAT(message(R"([{"name":"a","min":[0,1],"opt":[1,1],"max":[1,3]}])"), HasSubstr("1 <= min"));
  EXPECT_THAT(message(R"([{"name":"a","min":[1,1],"opt":[1,1],"max":[1,1]},
                          {"name":"a","min":[1,1],"opt":[1,1],"max":[1,2]}])"),
              HasSubstr("used twice"));
}

}  // namespace
}  // namespace inferscale::protocol
