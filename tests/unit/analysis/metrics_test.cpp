// Ranking by another metric than throughput.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare_fields.hpp"
#include "analysis/recommend_fields.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {

using namespace record;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr const Metric& kTail = metric_called("latency_p99_ms");

/// "quick" has the higher throughput and "steady" the better tail, at two sizes; `tail` scales quick's.
StudyResults study(double tail = 1) {
  DatasetBuilder builder;
  for (const auto& [model, parameters] : {std::pair{"small", 1'000'000}, std::pair{"large", 10'000'000}}) {
    for (int repetition = 0; repetition < 4; ++repetition) {
      const double noise = 1 + 0.01 * repetition;
      for (const char* backend : {"quick", "steady"}) {
        const bool quick = std::string_view(backend) == "quick";
        Row row = test::make_row(model, parameters, backend, {"short", 1, 10}, repetition,
                                 (quick ? 2000 : 1000) * noise);
        row.latency_ms.p99 = quick ? 40 * tail * noise : 20 * noise;
        EXPECT_TRUE(builder.add(row, "row"));
      }
    }
  }
  StudyResults results;
  results.folder = results.name = "study";
  results.environment = Json{{"processor", "a processor"}, {"threads", 2}, {"inferscale_version", "1"}};
  results.dataset = *builder.finish();
  return results;
}

Analysis by(const Metric* metric, const Prices& prices = {}) {
  const auto analysis = analyze(study().dataset, {{}, {metric, prices, "study"}});
  EXPECT_TRUE(analysis) << analysis.error().message;
  return analysis.value_or(Analysis());
}

TEST(RankedBy, TheModesOwnMetricUnlessAnotherIsAskedFor) {
  EXPECT_EQ(by(nullptr).decisions[0].bands[0].winner, "quick");
  const Analysis analysis = by(&kTail);
  EXPECT_EQ(analysis.decisions[0].metric, &kTail);
  EXPECT_EQ(analysis.decisions[0].bands[0].winner, "steady");
  EXPECT_THAT(analysis.decisions[0].lines.back().why,
              HasSubstr("steady is fastest, 2.00 times as fast as quick"));
}

TEST(RankedBy, ThePlansMetricIsWhatNothingElseSays) {
  Dataset dataset = study().dataset;
  dataset.plan = PlannedRuns{{"quick", "steady"}, dataset.scenarios, dataset.modes, 2, 4, "latency_p99_ms"};
  EXPECT_EQ(analyze(dataset)->decisions[0].bands[0].winner, "steady");
  EXPECT_EQ(analyze(dataset, {{}, {&kThroughput}})->decisions[0].bands[0].winner, "quick");
}

TEST(RankedBy, ARatioAbove1IsTheBetterBackendsAndThroughputStays) {
  const Analysis analysis = by(&kTail);
  const OverallComparison& pair = analysis.overall_comparisons[0];
  EXPECT_EQ(pair.first, "quick");
  EXPECT_NEAR(pair.test.ratio, 0.5, 1e-9);
  EXPECT_EQ(pair.test.winner, -1);
  EXPECT_NEAR(pair.paired.ratio, 0.5, 1e-9);
  const Json json = to_json(analysis);
  EXPECT_EQ(json["overall_comparisons"][0]["winner"], "steady");
  EXPECT_EQ(json["overall_comparisons"][0]["metric"], "latency_p99_ms");
  EXPECT_TRUE(json["overall_comparisons"][0]["first_tok_s"].is_null());
  EXPECT_NEAR(json["overall_comparisons"][0]["first_value"].get<double>(), 40.6, 1e-9);
  EXPECT_NEAR(json["overall"][0]["throughput_tok_s"]["mean"].get<double>(), 2030, 1e-9);
  EXPECT_NEAR(json["overall"][0]["value"]["mean"].get<double>(), 40.6, 1e-9);
  EXPECT_EQ(json["cells"][0]["metrics"]["latency_p99_ms"]["n"], 4);
  EXPECT_FALSE(json["cells"][0]["metrics"].contains("latency_ms")) << "it has a field of its own";
}

TEST(RankedBy, AMetricThatNoRowHasRanksNothing) {
  const Analysis analysis = by(&metric_called("time_to_first_token_ms"));
  EXPECT_TRUE(analysis.decisions[0].lines.empty());
  ASSERT_EQ(analysis.decisions[0].left_out.size(), 4U);
  EXPECT_THAT(analysis.decisions[0].left_out[0].reason,
              HasSubstr("no time to the first token in 1 of 1 scenarios"));
}

TEST(RankedBy, PricesTakePrices) {
  const auto without = analyze(study().dataset, {{}, {&kPrice}});
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("give them with --cost-per-hour"));
  const Analysis analysis = by(&kPrice, {{"quick", 3.6}, {"study/steady", 0.36}});
  EXPECT_EQ(analysis.decisions[0].bands[0].winner, "steady");
  EXPECT_NEAR(analysis.overall[1].value.mean, 0.0985, 0.001);  // 0.36 / (1015 x 3600) x 10^6
  EXPECT_NEAR(analysis.overall_comparisons[0].test.ratio, 0.2, 1e-9);
}

TEST(RankedBy, CompareSaysBetterWhereLessIsBetter) {
  const auto comparison = compare_studies(study(), study(0.5), {0.02, &kTail});
  ASSERT_TRUE(comparison) << comparison.error().message;
  const CellChange& quick = comparison->cells[0];
  EXPECT_EQ(quick.backend, "quick");
  EXPECT_EQ(quick.verdict, ChangeVerdict::better);
  EXPECT_NEAR(quick.test.ratio, 2, 1e-9);
  EXPECT_NEAR(comparison->totals[0].test.ratio, 2, 1e-9);
  EXPECT_EQ(comparison->cells[1].test.ratio, 1);
  EXPECT_TRUE(to_json(*comparison)["cells"][0]["base_tok_s"].is_null());
}

TEST(RankedBy, RecommendTakesTheMetric) {
  const std::vector<StudyResults> machines{study()};
  RecommendOptions options;
  options.parameters = 1e6;
  options.metric = &kTail;
  const auto answers = recommend(machines, options);
  ASSERT_TRUE(answers) << answers.error().message;
  const Recommendation& answer = answers->front();
  EXPECT_EQ(answer.candidates[0].backend, "steady");
  EXPECT_NEAR(answer.candidates[0].value, 20.3, 0.01);
  EXPECT_NEAR(answer.candidates[0].throughput_tok_s, 1015, 1);
  ASSERT_TRUE(answer.margin);
  EXPECT_NEAR(answer.margin->ratio, 2, 1e-9);
  EXPECT_FALSE(answer.candidates[1].tied);
}

TEST(RankedBy, RecommendSaysWhatHasNoFigure) {
  const std::vector<StudyResults> machines{study()};
  RecommendOptions options;
  options.metric = &metric_called("time_to_first_token_ms");
  const auto answers = recommend(machines, options);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(answers->front().candidates.empty());
  EXPECT_EQ(answers->front().left_out[0].reason, "prefill has no time to the first token");
}

TEST(RankedBy, MachinesAreComparedByTheMetric) {
  std::vector<StudyResults> machines{study(), study(0.25)};
  const MachineComparison comparison = compare_machines(machines, {&kTail});
  ASSERT_FALSE(comparison.fastest.empty());
  EXPECT_EQ(comparison.fastest[0].machines[0].backend, "steady");
  EXPECT_EQ(comparison.fastest[0].machines[1].backend, "quick");
  EXPECT_NEAR(comparison.fastest[0].machines[1].ratio->ratio, 2, 1e-9);
  EXPECT_EQ(fields_json(comparison.fastest[0])["machines"][0]["throughput_tok_s"], nullptr);
}

}  // namespace
}  // namespace inferscale::analysis
