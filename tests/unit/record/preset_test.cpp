#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/plan.hpp"
#include "record/schedule.hpp"

namespace inferscale::record {
namespace {

TEST(Preset, AllAreFoundAndValid) {
  EXPECT_THAT(preset_names(),
              ::testing::ElementsAre("decode", "gpu", "ladder", "llama-quick", "quick", "tr118v2", "tr123"));
  for (const auto& name : preset_names()) {
    const auto plan = load_preset(name);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->name, name);
  }
}

TEST(Preset, Tr118v2Has720Rows) {
  const auto plan = load_preset("tr118v2");
  ASSERT_TRUE(plan);
  EXPECT_EQ(schedule(*plan).size(), 720U);
  EXPECT_EQ(plan->logits, protocol::LogitsScope::all);
  EXPECT_EQ(plan->warmup_iterations, 3);
}

TEST(Preset, QuickDrawsACrossover) {
  const auto plan = load_preset("quick");
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->backends.size(), 2U);
  EXPECT_GE(plan->models.size(), 5U);
  EXPECT_EQ(plan->scenarios.size(), 6U);
  EXPECT_EQ(plan->modes.size(), 2U);
  EXPECT_GE(plan->repetitions, 3);  // fewer give no interval worth showing
}

TEST(Preset, LlamaQuickDrawsACrossoverOfLlamas) {
  const auto plan = load_preset("llama-quick");
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->backends.size(), 2U);
  EXPECT_GE(plan->models.size(), 4U);
  for (const auto& model : plan->models) {
    EXPECT_THAT(model, ::testing::StartsWith("llama"));
  }
  EXPECT_GE(plan->repetitions, 3);
}

TEST(Preset, AnUnknownNameIsWrongUsageAndListsThem) {
  const auto plan = load_preset("qick");
  ASSERT_FALSE(plan);
  EXPECT_TRUE(plan.error().usage);
  EXPECT_THAT(plan.error().message, ::testing::HasSubstr("ladder, llama-quick, quick, tr118v2, tr123"));
  EXPECT_FALSE(load_preset("../presets/quick"));
}

}  // namespace
}  // namespace inferscale::record
