#include "analysis/compare_variants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/schedule.hpp"
#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {
namespace {

using record::Plan;
using test::Noise;

constexpr double kNoiseOfVariants = 0.015;

/// Two backends, 60 cells each, 3 repetitions, as they are and as something new.
Plan plan_of_variants(std::uint64_t seed) {
  Plan plan;
  plan.models = {"m1", "m2", "m3", "m4", "m5"};
  plan.backends = {"a@base", "a@new", "b@base", "b@new"};
  plan.variants = {{"base", "a", Json::object(), {}, {}},
                   {"new", "a", Json::object(), {}, {}},
                   {"base", "b", Json::object(), {}, {}},
                   {"new", "b", Json::object(), {}, {}}};
  plan.scenarios = protocol::builtin_scenarios();
  plan.modes = {protocol::Mode::prefill, protocol::Mode::generate};
  plan.repetitions = 3;
  plan.seed = seed;
  return plan;
}

/// What a study in the plan's order finds on a machine whose speed swings by 10% while it runs: variant "new"
/// of backend a is slower by `slowdown`.
StudyResults simulate(const Plan& plan, Noise& noise, double slowdown) {
  const auto order = schedule(plan);
  const double phase = 3 * noise.normal();
  DatasetBuilder builder;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const record::Repetition& one = order[i];
    const record::Variant& variant = *find_variant(plan.variants, one.backend);
    const bool slow = variant.name == "new" && variant.backend == "a";
    const double drift =
        1 + 0.05 * std::sin(phase + 9 * static_cast<double>(i) / static_cast<double>(order.size()));
    const double speed = 1000.0 * one.scenario.batch * drift / (slow ? slowdown : 1);
    record::Row row =
        test::make_row(one.model, std::int64_t{1000} * (one.model.back() - '0'), variant.backend,
                       one.scenario, one.number, noise.around(speed, kNoiseOfVariants));
    row.variant = variant.name;
    row.mode = one.mode;
    row.new_tokens = one.mode == protocol::Mode::prefill ? 0 : 8;
    EXPECT_TRUE(builder.add(row, "row"));
  }
  StudyResults results;
  results.folder = results.name = "simulated";
  results.plan = plan;
  results.environment = Json{{"processor", "a processor"}, {"threads", 2}};
  results.dataset = *builder.finish();
  return results;
}

StudyComparison compared(const StudyResults& study, const VariantNames& wanted = {}) {
  const auto names = variants_to_compare(study, wanted);
  EXPECT_TRUE(names) << names.error().message;
  auto comparison = compare_variants(study, *names, {});
  EXPECT_TRUE(comparison) << comparison.error().message;
  return *comparison;
}

constexpr int kStudiesOfVariants = 200;

TEST(CompareVariants, AFivePercentSlowdownOfOneBackendIsFoundInAtLeast95PercentOf200) {
  Noise noise(201);
  int found = 0;
  for (int study = 0; study < kStudiesOfVariants; ++study) {
    const auto comparison =
        compared(simulate(plan_of_variants(static_cast<std::uint64_t>(study)), noise, 1.05));
    found += comparison.answer() == CompareAnswer::regression ? 1 : 0;
    for (const TotalChange& total : comparison.totals) {
      EXPECT_EQ(total.cells, 30);
      EXPECT_TRUE(total.backend == "a" || total.verdict != ChangeVerdict::worse);
    }
  }
  EXPECT_GE(found, kStudiesOfVariants * 95 / 100);
}

TEST(CompareVariants, TheSameTwiceIsFlaggedInAtMost5PercentOf200) {
  Noise noise(202);
  int flagged = 0;
  int conclusive = 0;
  for (int study = 0; study < kStudiesOfVariants; ++study) {
    const StudyResults results = simulate(plan_of_variants(static_cast<std::uint64_t>(study)), noise, 1);
    CompareOptions options;
    options.threshold = 0;  // not even the threshold helps
    const auto strict = compare_variants(results, {"base", "new"}, options);
    flagged += strict->regressed() || strict->count(ChangeVerdict::better) > 0 ? 1 : 0;
    conclusive += compared(results).answer() == CompareAnswer::no_regression ? 1 : 0;
  }
  EXPECT_LE(flagged, kStudiesOfVariants * 5 / 100);
  EXPECT_GE(conclusive, kStudiesOfVariants * 95 / 100);
}

TEST(CompareVariants, NamesComeFromThePlanOrTheUser) {
  Noise noise(203);
  const auto study = simulate(plan_of_variants(1), noise, 1.2);
  EXPECT_EQ(variants_to_compare(study, {})->base, "base");
  EXPECT_EQ(variants_to_compare(study, {"new", "base"})->now, "base");
  EXPECT_FALSE(compared(study, {"new", "base"}).regressed());
  const auto unknown = variants_to_compare(study, {"base", "newer"});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().usage);
  EXPECT_THAT(unknown.error().message, testing::HasSubstr("base, new"));
}

TEST(CompareVariants, DifferencesSayWhatTheVariantsAre) {
  Noise noise(204);
  Plan plan = plan_of_variants(1);
  plan.variants[1].options = Json{{"spinning", "0"}};
  auto study = simulate(plan, noise, 1);
  study.environment["backends"] =
      Json{{"a@base", {{"runtime_version", "1"}}}, {"a@new", {{"runtime_version", "2"}}}};
  const auto comparison = compared(study);
  EXPECT_TRUE(comparison.comparable);
  std::vector<std::string> all;
  for (const auto& one : comparison.differences) {
    all.push_back(one.field + ": " + one.base + ", " + one.now);
  }
  EXPECT_THAT(all, testing::ElementsAre("backends.a.runtime_version: 1, 2", "variant of a: a, a, spinning=0",
                                        "variant of b: b, b"));
}

TEST(CompareVariants, AStudyWithoutVariantsHasNone) {
  Noise noise(205);
  const auto none = variants_to_compare(test::simulate_study(noise, 1, kNoiseOfVariants, 3), {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, testing::HasSubstr("has no variants"));
}

}  // namespace
}  // namespace inferscale::analysis
