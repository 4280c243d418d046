#include "record/plan_options.hpp"

#include <gtest/gtest.h>

#include <set>

#include "record/plan_ranges.hpp"

namespace inferscale::record {
namespace {

/// The plan's JSON after one option, or the error.
Json field_after(std::string_view name, const std::string& text, const char* field) {
  Plan plan;
  for (const PlanOption& setting : plan_options()) {
    if (setting.option.name == name) {
      const auto applied = setting.apply(text, plan);
      return applied ? to_json(plan)[field] : Json(applied.error().message);
    }
  }
  return "no such option";
}

TEST(PlanOptions, SetTheFieldOfTheirDeclaration) {
  EXPECT_EQ(field_after("--timeout", "+1.5e1", "timeout_s"), 15.0);
  EXPECT_EQ(field_after("--repetitions", "7", "repetitions"), 7);
  EXPECT_EQ(field_after("--seed", "18446744073709551615", "seed"), 18446744073709551615U);
  EXPECT_EQ(field_after("--share-workers", "true", "share_workers"), true);
  EXPECT_EQ(field_after("--corpus", "text", "corpus"), "text");
  EXPECT_EQ(field_after("--logits", "last", "logits"), "last");
  EXPECT_EQ(field_after("--backends", "a,b", "backends"), Json::array({"a", "b"}));
  EXPECT_EQ(field_after("--modes", "decode", "modes"), Json::array({"decode"}));
  EXPECT_EQ(field_after("--scenarios", "single_micro", "scenarios"), Json::array({"single_micro"}));
}

TEST(PlanOptions, AShareMayBePerCent) {
  EXPECT_EQ(field_after("--indifference", "5%", "indifference"), 0.05);
  EXPECT_EQ(field_after("--indifference", "0.02", "indifference"), 0.02);
  // The command checks what is a number, and would refuse 5% before its codec reads it.
  for (const PlanOption& setting : plan_options()) {
    EXPECT_TRUE(setting.option.name != "--indifference" || setting.kind == PlanOption::Kind::text);
  }
}

TEST(PlanOptions, ErrorsNameTheOption) {
  EXPECT_EQ(field_after("--modes", "x", "modes"), "--modes: 'x' is not prefill, generate or decode");
  EXPECT_EQ(field_after("--logits", "x", "logits"), "--logits: must be all or last, not 'x'");
}

TEST(PlanOptions, HaveNamesOfTheirOwnAndHelp) {
  std::set<std::string_view> names;
  for (const PlanOption& setting : plan_options()) {
    EXPECT_TRUE(names.insert(setting.option.name).second) << setting.option.name;
    EXPECT_FALSE(setting.option.help.empty()) << setting.option.name;
    EXPECT_EQ(setting.option.value.empty(), setting.kind == PlanOption::Kind::flag) << setting.option.name;
  }
}

TEST(PlanOptions, RangesAreTheDeclarations) {
  EXPECT_EQ(range_of<Plan>("repetitions").high, 10'000);
  EXPECT_EQ(range_of<protocol::StoppingRule>("target_relative_half_width").high, 1);
}

}  // namespace
}  // namespace inferscale::record
