// What the first screen says of the study as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::kScenario;
using test::two_backends;
using ::testing::HasSubstr;
using ::testing::Not;

analysis::PlannedRuns planned(int models, int repetitions) {
  analysis::PlannedRuns plan;
  plan.backends = {"alpha", "beta"};
  plan.scenarios = {kScenario};
  plan.modes = {protocol::Mode::prefill};
  plan.models = models;
  plan.repetitions = repetitions;
  return plan;
}

std::string box_of(const Source& source) {
  return to_markdown({"", {answer_of(source, "")}});
}

TEST(FirstScreen, OfAStudyThatIsNotFinishedSaysSo) {
  Source source;
  auto rows = two_backends({2.0, 1.5}, 2);
  std::erase_if(rows, [](const record::Row& row) { return row.backend == "beta" && row.model == "s2"; });
  source.analysis = analyze_rows(rows, planned(2, 3));
  EXPECT_THAT(subject_of(source).text.words(), HasSubstr("6 of 12 repetitions measured, 6 ok"));
  EXPECT_THAT(box_of(source),
              HasSubstr("- This study is not finished: 6 of 12 planned repetitions have not run yet"));
  EXPECT_THAT(box_of(source), HasSubstr("The same command again goes on."));
}

TEST(FirstScreen, OfAFinishedStudyCountsWhatIsOk) {
  Source source;
  auto rows = two_backends({2.0, 1.5}, 3);
  rows.back() = test::make_failed(rows.back(), Outcome::crash, "gone");
  source.analysis = analyze_rows(rows, planned(2, 3));
  EXPECT_THAT(subject_of(source).text.words(), HasSubstr("1 scenario: 11 of 12 repetitions ok"));
  EXPECT_THAT(box_of(source), Not(HasSubstr("not finished")));
}

TEST(FirstScreen, OfAMetricThatNoRowHasSaysSo) {
  Source source;
  const auto rank_by = [&](const char* metric, const std::vector<record::Row>& rows) {
    analysis::PlannedRuns plan = planned(2, 3);
    plan.metric = metric;
    source.analysis = analyze_rows(rows, plan);
    return to_markdown(make_document(source, {}));
  };
  auto rows = two_backends({2.0, 1.5}, 3);
  const std::string text = rank_by("energy_mj_per_token", rows);
  EXPECT_THAT(text,
              HasSubstr("**No answer: no row has a figure for energy a token. Another --metric may have"));
  EXPECT_THAT(text, HasSubstr("prefill: no row has a figure for energy a token."));
  EXPECT_THAT(text, HasSubstr("No two backends have a figure for energy a token at the same size"));
  EXPECT_THAT(text, Not(HasSubstr("every scenario ok")));
  rows.front().clocks["energy_mj_per_token"] = 1.5;
  rows[1] = test::make_failed(rows[1], Outcome::crash, "gone");
  EXPECT_THAT(rank_by("energy_mj_per_token", rows), Not(HasSubstr("no row has")));
  for (record::Row& row : rows) {
    row = test::make_failed(row, Outcome::crash, "gone");
  }
  EXPECT_THAT(rank_by("energy_mj_per_token", rows),
              HasSubstr("no backend has every scenario ok at any size"));
}

/// A model of the ladder and one that accuracy was measured of.
Source with_weights(const char* of_s1) {
  auto rows = two_backends({2.0, 1.5}, 3);
  for (record::Row& row : rows) {
    row.model = row.model == "s2" ? "tiny-gpt2" : row.model;
  }
  Source source;
  source.analysis = analyze_rows(rows);
  source.analysis.quality = {test::judged("s1", "beta", 50)};
  source.analysis.quality.front().weights = of_s1;
  return source;
}

TEST(FirstScreen, SaysWhichWeightsAreRandom) {
  const Source mixed = with_weights("trained");
  EXPECT_THAT(subject_of(mixed).text.words(),
              HasSubstr("random weights of tiny-gpt2, trained weights of s1"));
  EXPECT_THAT(box_of(mixed), HasSubstr("Weights of tiny-gpt2 are random: only its speeds mean anything."));
  EXPECT_THAT(to_markdown({"", accuracy_section(mixed)}), HasSubstr("The weights of tiny-gpt2 are random."));
  const Source random = with_weights("random");
  EXPECT_THAT(subject_of(random).text.words(), HasSubstr("· random weights"));
  EXPECT_THAT(box_of(random), HasSubstr(" Weights are random: only speeds mean anything."));
  EXPECT_THAT(to_markdown({"", accuracy_section(random)}), HasSubstr("The weights are random."));
}

}  // namespace
}  // namespace inferscale::report
