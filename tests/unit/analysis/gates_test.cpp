#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

// What failed its accuracy gate is shown, and ranked nowhere.

namespace inferscale::analysis {
namespace {

using test::build;
using test::make_row;
using ::testing::HasSubstr;

const protocol::Scenario kScenario{"single_micro", 1, 8};

/// Two models; "fast" is fastest everywhere, and computes something else on the larger one.
Dataset study_with_failed_gate() {
  std::vector<record::Row> rows;
  for (const auto& [model, parameters] :
       std::vector<std::pair<std::string, std::int64_t>>{{"small", 1'000'000}, {"large", 10'000'000}}) {
    for (int repetition = 0; repetition < 3; ++repetition) {
      const double noise = 1 + 0.001 * repetition;
      rows.push_back(make_row(model, parameters, "fast", kScenario, repetition, 3000 * noise));
      rows.push_back(make_row(model, parameters, "sound", kScenario, repetition, 2000 * noise));
      rows.push_back(make_row(model, parameters, "slow", kScenario, repetition, 1000 * noise));
    }
  }
  Dataset dataset = build(rows);
  record::QualityResult failed;
  failed.model = "large";
  failed.backend = "fast";
  failed.precision = "fp16";
  failed.verdict = {record::Gate::failed, "the relative error of its logits is 1.4"};
  record::QualityResult passed = failed;
  passed.model = "small";
  passed.verdict = {record::Gate::passed, ""};
  record::QualityResult not_checked = failed;
  not_checked.backend = "slow";
  not_checked.verdict = {record::Gate::not_checked, "nothing to compare with"};
  dataset.quality = {failed, passed, not_checked};
  return dataset;
}

const DecisionLine& measured_line(const Analysis& analysis, const std::string& model) {
  const auto& lines = analysis.decisions.at(0).lines;
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const DecisionLine& line) {
    return line.basis == Basis::measured && line.models.front() == model;
  });
  EXPECT_NE(found, lines.end());
  return *found;
}

TEST(Gates, AFailedOneTakesTheBackendOutOfTheDecisionThere) {
  const auto analysis = analyze(study_with_failed_gate());
  ASSERT_TRUE(analysis) << analysis.error().message;
  EXPECT_EQ(measured_line(*analysis, "small").winner, "fast");
  EXPECT_EQ(measured_line(*analysis, "large").winner, "sound");
  EXPECT_EQ(measured_line(*analysis, "large").runner_up, "slow");  // not checked: neither for nor against
  const auto& left_out = analysis->decisions[0].left_out;
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out[0].backend, "fast");
  EXPECT_EQ(left_out[0].model, "large");
  EXPECT_THAT(left_out[0].reason, HasSubstr("the relative error of its logits is 1.4"));
}

TEST(Gates, OneThatCouldNotBeMeasuredDoesTooAndIsNotCalledFailed) {
  Dataset dataset = study_with_failed_gate();
  dataset.quality[0].verdict = {record::Gate::not_measured, "no parity: timeout: it gave no answer"};
  const auto analysis = analyze(dataset);
  ASSERT_TRUE(analysis) << analysis.error().message;
  EXPECT_EQ(measured_line(*analysis, "large").winner, "sound");
  const auto& left_out = analysis->decisions[0].left_out;
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out[0].reason, "its accuracy could not be measured: no parity: timeout: it gave no answer");
}

TEST(Gates, AFailedOneTakesTheBackendOutOfComparisonsCrossoversAndScaling) {
  const auto analysis = analyze(study_with_failed_gate());
  ASSERT_TRUE(analysis);
  for (const auto& one : analysis->overall_comparisons) {
    EXPECT_TRUE(one.model == "small" || (one.first != "fast" && one.second != "fast"));
  }
  for (const auto& one : analysis->scenario_comparisons) {
    EXPECT_TRUE(one.model == "small" || (one.first != "fast" && one.second != "fast"));
  }
  for (const auto& crossover : analysis->crossovers) {
    EXPECT_EQ(crossover.points.size(), crossover.first == "fast" || crossover.second == "fast" ? 1U : 2U);
  }
  for (const auto& one : analysis->scaling) {
    EXPECT_EQ(one.n, one.backend == "fast" ? 1 : 2);
  }
  // It is shown all the same.
  EXPECT_EQ(analysis->overall.size(), 6U);
  EXPECT_EQ(analysis->cells.size(), 6U);
}

TEST(Gates, AccuracyIsWrittenForEachModel) {
  const auto analysis = analyze(study_with_failed_gate());
  ASSERT_TRUE(analysis);
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_analysis(*analysis, folder.path()));
  const auto large = read_file(folder.path() / "large" / "processed" / "perplexity_results.csv");
  ASSERT_TRUE(large) << large.error().message;
  EXPECT_THAT(*large, HasSubstr("\nfast,fp16,,failed,the relative error of its logits is 1.4,,"));
  EXPECT_EQ(std::count(large->begin(), large->end(), '\n'), 3);
}

}  // namespace
}  // namespace inferscale::analysis
