#include "analysis/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "analysis/analysis_fields.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {

using namespace protocol;
using namespace record;

namespace {
using test::analyze_rows;
using test::make_failed;
using test::make_row;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Scenario kMicro{"single_micro", 1, 8};
const Scenario kShort{"batch_short", 4, 11};

/// A study in which A wins below 2e7 parameters and B above, 5 repetitions, little noise.
std::vector<Row> crossing_study(std::uint64_t seed = 118, double noise = 0.01) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, noise);
  std::vector<Row> rows;
  const std::vector<std::pair<std::string, std::int64_t>> models{
      {"m1", 1'000'000}, {"m5", 5'000'000}, {"m10", 10'000'000}, {"m40", 40'000'000}, {"m100", 100'000'000}};
  for (const auto& [model, parameters] : models) {
    for (const Scenario& scenario : {kMicro, kShort}) {
      for (int repetition = 0; repetition < 5; ++repetition) {
        const double size = static_cast<double>(parameters) / 2e7;
        const double base = scenario.batch * 1000;
        rows.push_back(make_row(model, parameters, "A", scenario, repetition,
                                base * std::pow(size, -0.9) * std::exp(normal(random))));
        rows.push_back(make_row(model, parameters, "B", scenario, repetition,
                                base * std::pow(size, -0.4) * std::exp(normal(random))));
      }
    }
  }
  return rows;
}

template <class Items, class Predicate>
auto& find(Items& items, Predicate predicate) {
  const auto found = std::find_if(items.begin(), items.end(), predicate);
  if (found == items.end()) {
    throw std::runtime_error("not in the analysis");
  }
  return *found;
}

TEST(Analyze, FindsTheCrossingWithEveryCompanion) {
  const Analysis analysis = analyze_rows(crossing_study());
  ASSERT_EQ(analysis.crossovers.size(), 1U);
  const Crossover& crossover = analysis.crossovers[0];
  EXPECT_EQ(crossover.first, "A");
  EXPECT_EQ(crossover.second, "B");
  EXPECT_EQ(crossover.mode, "prefill");
  ASSERT_EQ(crossover.points.size(), 5U);
  ASSERT_TRUE(crossover.fit);
  EXPECT_NEAR(crossover.fit->k, -0.5, 0.02);
  EXPECT_NEAR(*crossover.fit->crossover / 2e7, 1, 0.05);
  EXPECT_TRUE(crossover.fit->leave_one_out);
  EXPECT_TRUE(crossover.fit->curvature);
  ASSERT_EQ(crossover.brackets.size(), 1U);
  EXPECT_EQ(crossover.brackets[0].low_model, "m10");
  EXPECT_EQ(crossover.brackets[0].high_model, "m40");
  EXPECT_EQ(analysis.scenario_crossovers.size(), 2U);
  for (const Crossover& one : analysis.scenario_crossovers) {
    EXPECT_FALSE(one.scenario.empty());
    EXPECT_NEAR(*one.fit->crossover / 2e7, 1, 0.08);
  }
}

TEST(Analyze, SaysNothingOfOtherSizesWhenItKnowsOne) {
  auto rows = crossing_study();
  std::erase_if(rows, [](const Row& row) { return row.model != "m10"; });
  const Analysis analysis = analyze_rows(rows);
  ASSERT_EQ(analysis.decisions.size(), 1U);
  ASSERT_EQ(analysis.decisions[0].lines.size(), 1U);
  EXPECT_EQ(analysis.decisions[0].lines[0].basis, Basis::measured);
}

TEST(Analyze, DecidesBandsAndSaysHowEachIsKnown) {
  const Analysis analysis = analyze_rows(crossing_study());
  ASSERT_EQ(analysis.decisions.size(), 1U);
  const Decision& decision = analysis.decisions[0];
  EXPECT_EQ(decision.lines.front().low_parameters, 1e6) << "nothing is said beyond the measured sizes";
  EXPECT_EQ(decision.lines.back().high_parameters, 1e8);
  EXPECT_EQ(decision.bands.front().use, "A");
  EXPECT_EQ(decision.bands.front().basis, Basis::interpolated);
  EXPECT_THAT(decision.bands.front().models, ElementsAre("m1", "m5", "m10"));
  EXPECT_EQ(decision.bands.back().use, "B");
  EXPECT_THAT(decision.bands.back().models, ElementsAre("m40", "m100"));
  double end = 1e6;
  double change = 0;
  for (const auto& line : decision.lines) {
    EXPECT_EQ(line.low_parameters, end) << "lines leave no gap";
    end = line.high_parameters;
    change = line.use == "A" ? line.high_parameters : change;
    EXPECT_THAT(line.why, HasSubstr(std::string(to_string(line.basis))));
  }
  EXPECT_NEAR(change / 2e7, 1, 0.08);
  const auto& measured = find(decision.lines, [](const auto& line) { return line.basis == Basis::measured; });
  EXPECT_THAT(measured.models, ElementsAre("m1"));
  EXPECT_EQ(measured.use, "A");
  EXPECT_THAT(measured.tied_with, IsEmpty());
  EXPECT_EQ(measured.runner_up, "B");
  EXPECT_EQ(measured.margin_over, "B");
  ASSERT_TRUE(measured.margin);
  EXPECT_GT(measured.margin->ci95->low, 1);
  EXPECT_THAT(measured.why, HasSubstr("A is fastest"));
  ASSERT_EQ(measured.ranking.size(), 2U);
  EXPECT_EQ(measured.ranking[1].verdict, Verdict::slower);
  EXPECT_EQ(decision.by_batch.size(), 2U);
  EXPECT_EQ(decision.by_scenario.size(), 2U);
}

TEST(Analyze, OverallMeansCountRepetitionsNotScenarios) {
  const Analysis analysis =
      analyze_rows({make_row("m", 100, "A", kMicro, 0, 10), make_row("m", 100, "A", kMicro, 1, 14),
                    make_row("m", 100, "A", kShort, 0, 30), make_row("m", 100, "A", kShort, 1, 38)});
  ASSERT_EQ(analysis.overall.size(), 1U);
  const OverallMean& overall = analysis.overall[0];
  EXPECT_TRUE(overall.complete);
  EXPECT_EQ(overall.throughput_tok_s.n, 2);
  EXPECT_DOUBLE_EQ(overall.throughput_tok_s.mean, 23);  // of 20 and 26
  EXPECT_NEAR(overall.throughput_tok_s.sd, std::sqrt(18), 1e-12);
}

TEST(Analyze, APartialMeanIsMarkedAndNeverRanked) {
  std::vector<Row> rows = crossing_study();
  for (Row& row : rows) {
    if (row.model == "m1" && row.backend == "A" && row.scenario.name == "batch_short") {
      row = make_failed(row, Outcome::profile_mismatch, "shape outside the profile");
    }
  }
  const Analysis analysis = analyze_rows(rows);
  const auto& partial =
      find(analysis.overall, [](const auto& one) { return one.model == "m1" && one.backend == "A"; });
  EXPECT_FALSE(partial.complete);
  EXPECT_THAT(partial.missing, ElementsAre("batch_short"));
  const auto& line =
      find(analysis.decisions[0].lines, [](const auto& one) { return one.basis == Basis::measured; });
  EXPECT_EQ(line.winner, "B");  // A is faster where it ran, but did not run everywhere
  ASSERT_EQ(analysis.decisions[0].left_out.size(), 1U);
  EXPECT_EQ(analysis.decisions[0].left_out[0].reason, "profile_mismatch in 1 of 2 scenarios (batch_short)");
  const auto& comparison = analysis.overall_comparisons[0];
  EXPECT_FALSE(comparison.complete);
  EXPECT_THAT(comparison.scenarios, ElementsAre("single_micro"));
  EXPECT_EQ(comparison.test.winner, 1);  // on the matching scenario
  // The other four sizes have every scenario, so the fit uses them and shows the fifth as incomplete.
  ASSERT_EQ(analysis.crossovers[0].points.size(), 5U);
  EXPECT_FALSE(analysis.crossovers[0].points[0].complete);
  EXPECT_EQ(analysis.crossovers[0].fit->n, 4);
}

TEST(Analyze, APairThatNeverMatchesFullyIsFittedOnWhatMatchesEverywhere) {
  std::vector<Row> rows = crossing_study();
  std::erase_if(rows,
                [](const Row& row) { return row.backend == "A" && row.scenario.name == "batch_short"; });
  const Analysis analysis = analyze_rows(rows);
  EXPECT_THAT(analysis.crossovers[0].scenarios, ElementsAre("single_micro"));
  EXPECT_EQ(analysis.crossovers[0].fit->n, 5);
  for (const auto& line : analysis.decisions[0].lines) {
    EXPECT_EQ(line.winner, "B");
  }
}

TEST(Analyze, OneRepetitionHasNoIntervalAndNoWinner) {
  std::vector<Row> rows = crossing_study();
  std::erase_if(rows, [](const Row& row) { return row.repetition > 0; });
  const Analysis analysis = analyze_rows(rows);
  for (const CellStatistics& cell : analysis.cells) {
    EXPECT_EQ(cell.throughput_tok_s.n, 1);
    EXPECT_FALSE(cell.throughput_tok_s.ci95);
  }
  EXPECT_TRUE(analysis.crossovers[0].brackets.empty());
  EXPECT_TRUE(analysis.crossovers[0].fit);  // the fit needs sizes, not repetitions
  for (const auto& line : analysis.decisions[0].lines) {
    EXPECT_EQ(line.tied_with.size(), 1U);
  }
  EXPECT_THAT(analysis.decisions[0].lines[0].why, HasSubstr("fewer than 2 repetitions"));
}

TEST(Analyze, EverythingDegradedIsAnAnswerToo) {
  std::vector<Row> rows = crossing_study();
  for (Row& row : rows) {
    row = make_failed(row, row.backend == "A" ? Outcome::crash : Outcome::timeout, "broken");
  }
  const Analysis analysis = analyze_rows(rows);
  EXPECT_TRUE(analysis.overall.empty());
  EXPECT_TRUE(analysis.crossovers.empty());
  EXPECT_TRUE(analysis.decisions[0].lines.empty());
  EXPECT_EQ(analysis.decisions[0].left_out.size(), 10U);
  ASSERT_EQ(analysis.outcomes.size(), 2U);
  EXPECT_EQ(*analysis.outcomes[0].degradation_rate, 1);
  EXPECT_EQ(analysis.outcomes[0].ci95->high, 1);
  EXPECT_EQ(analysis.outcomes[0].outcomes.by_outcome.at(Outcome::crash), 50);
  EXPECT_EQ(analysis.cells[0].first_error, "broken");
}

TEST(Analyze, UnsupportedIsNotDegraded) {
  const Analysis analysis = analyze_rows(
      {make_row("m", 100, "A", kMicro, 0, 10),
       make_failed(make_row("m", 100, "B", kMicro, 0, 1), Outcome::unsupported, "not installed")});
  EXPECT_EQ(*analysis.outcomes[0].degradation_rate, 0);
  EXPECT_FALSE(analysis.outcomes[1].degradation_rate);
  EXPECT_EQ(analysis.decisions[0].left_out[0].reason, "unsupported in 1 of 1 scenarios (single_micro)");
  EXPECT_THAT(analysis.decisions[0].lines[0].why, HasSubstr("A is the only backend with every scenario"));
}

TEST(Analyze, EqualBackendsTie) {
  std::vector<Row> rows = crossing_study();
  std::vector<Row> same;
  for (const Row& row : rows) {
    if (row.backend == "A") {
      same.push_back(row);
      same.push_back(row);
      same.back().backend = "B";
    }
  }
  const Analysis analysis = analyze_rows(same);
  for (const auto& line : analysis.decisions[0].lines) {
    EXPECT_EQ(line.tied_with.size(), 1U);
  }
  ASSERT_EQ(analysis.decisions[0].bands.size(), 1U);
  EXPECT_THAT(analysis.decisions[0].bands[0].why, HasSubstr("use A; alike: B"));
  EXPECT_TRUE(analysis.crossovers[0].brackets.empty());
  EXPECT_EQ(analysis.crossovers[0].fit->fieller, FiellerKind::unbounded);
  EXPECT_EQ(*analysis.overall_comparisons[0].test.p, 1);
}

TEST(Analyze, ThePlanKnowsWhatIsMissing) {
  PlannedRuns plan{
      {"B", "A", "C"}, {kShort, kMicro, {"single_long", 1, 27}}, {Mode::prefill, Mode::generate}, 5, 5};
  const Analysis analysis = analyze_rows(crossing_study(), plan);
  ASSERT_EQ(analysis.backends.size(), 3U);
  EXPECT_EQ(analysis.backends[0].name, "B");  // the plan's order
  EXPECT_EQ(analysis.scenarios[0].name, "batch_short");
  EXPECT_EQ(analysis.crossovers[0].first, "B");
  for (const OverallMean& overall : analysis.overall) {
    EXPECT_FALSE(overall.complete);
    EXPECT_THAT(overall.missing, ElementsAre("single_long"));
  }
  ASSERT_EQ(analysis.outcomes.size(), 6U);
  EXPECT_EQ(analysis.outcomes[0].missing, 25);
  EXPECT_EQ(analysis.outcomes[2].missing, 75);
  EXPECT_EQ(analysis.outcomes[3].missing, 75);  // generate has not begun
  EXPECT_THAT(analysis.notices, testing::Contains(HasSubstr("350 of 450 repetitions have no row yet")));
  EXPECT_THAT(analysis.decisions[0].left_out[0].reason, HasSubstr("1 of 3 scenarios not run"));
}

TEST(Analyze, ScalingHasExponentAndAdvantage) {
  const Analysis analysis = analyze_rows(crossing_study());
  EXPECT_EQ(analysis.baseline, "A");
  ASSERT_EQ(analysis.scaling.size(), 2U);
  EXPECT_NEAR(*analysis.scaling[0].exponent, -0.9, 0.02);
  EXPECT_NEAR(*analysis.scaling[1].exponent, -0.4, 0.02);
  EXPECT_LT(analysis.scaling[1].exponent_ci95->low, -0.4);
  EXPECT_FALSE(analysis.scaling[0].advantage_smallest);
  EXPECT_EQ(analysis.scaling[1].advantage_smallest_model, "m1");
  EXPECT_NEAR(analysis.scaling[1].advantage_smallest->ratio, std::pow(1e6 / 2e7, 0.5), 0.01);
  EXPECT_NEAR(analysis.scaling[1].advantage_largest->ratio, std::pow(1e8 / 2e7, 0.5), 0.05);
  EXPECT_FALSE(analyze(test::build(crossing_study()), {"nobody"}));
}

TEST(Analyze, HolmFamiliesAreTheModes) {
  std::vector<Row> rows = crossing_study(5, 0.3);
  const std::size_t count = rows.size();
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(rows[i]);
    rows.back().mode = Mode::generate;
  }
  const Analysis analysis = analyze_rows(rows);
  for (const Mode mode : {Mode::prefill, Mode::generate}) {
    std::vector<double> p;
    std::vector<double> adjusted;
    for (const auto& comparison : analysis.scenario_comparisons) {
      if (comparison.mode == mode) {
        p.push_back(*comparison.test.p);
        adjusted.push_back(*comparison.test.p_holm);
      }
    }
    EXPECT_EQ(p.size(), 10U);
    EXPECT_EQ(adjusted, holm_adjust(p));
  }
}

TEST(Analyze, OutliersAreFlaggedAndKept) {
  std::vector<Row> rows;
  for (int repetition = 0; repetition < 6; ++repetition) {
    rows.push_back(make_row("m", 100, "A", kMicro, repetition, repetition == 4 ? 50 : 100 + repetition));
  }
  const Analysis analysis = analyze_rows(rows);
  EXPECT_THAT(analysis.cells[0].outliers, ElementsAre(4));
  EXPECT_EQ(analysis.cells[0].throughput_tok_s.n, 6);
}

TEST(Analyze, ThrottledRepetitionsAreCountedWithTheirReasonsAndKept) {
  std::vector<Row> rows;
  for (int repetition = 0; repetition < 4; ++repetition) {
    rows.push_back(make_row("m", 100, "A", kMicro, repetition, 100 + repetition));
    rows.push_back(make_row("m", 100, "B", kMicro, repetition, 100 + repetition));
  }
  const auto clocks = [](const Json& reasons) {
    return Json{{"before", {{"throttle_reasons", Json::array()}}},
                {"after", {{"throttle_reasons", reasons}}},
                {"throttled", !reasons.empty()}};
  };
  rows[0].clocks = clocks({"software_thermal", "power_cap"});
  rows[2].clocks = clocks({"power_cap"});
  rows[4].clocks = clocks(Json::array());
  const Analysis analysis = analyze_rows(rows);
  EXPECT_EQ(analysis.cells[0].throttled, 2);
  EXPECT_THAT(analysis.cells[0].throttle_reasons, ElementsAre("power_cap", "software_thermal"));
  EXPECT_EQ(analysis.cells[0].throughput_tok_s.n, 4);
  EXPECT_EQ(analysis.cells[1].throttled, 0);
  EXPECT_THAT(
      analysis.notices,
      ElementsAre("the GPU was throttled in 2 of the 4 ok repetitions of 'A': power_cap, software_thermal"));
}

// Properties.

TEST(AnalyzeProperty, TheOrderOfRowsNeverMatters) {
  std::vector<Row> rows = crossing_study(3, 0.2);
  rows[7] = make_failed(rows[7], Outcome::crash, "first");
  rows[9] = make_failed(rows[9], Outcome::timeout, "second");
  const std::string before = to_line(to_json(analyze_rows(rows)));
  std::mt19937_64 random(1);
  for (int i = 0; i < 10; ++i) {
    std::shuffle(rows.begin(), rows.end(), random);
    EXPECT_EQ(to_line(to_json(analyze_rows(rows))), before);
  }
}

TEST(AnalyzeProperty, AFasterMachineChangesNoRatioVerdictOrCrossing) {
  const auto rows = crossing_study(4, 0.1);
  const Analysis before = analyze_rows(rows);
  for (const double factor : {0.125, 3.7, 1000.0}) {
    std::vector<Row> scaled = rows;
    for (Row& row : scaled) {
      row.throughput_tok_s /= factor;
      row.latency_ms.mean *= factor;
    }
    const Analysis after = analyze_rows(scaled);
    ASSERT_EQ(after.overall_comparisons.size(), before.overall_comparisons.size());
    for (std::size_t i = 0; i < before.overall_comparisons.size(); ++i) {
      const RatioTest& a = before.overall_comparisons[i].test;
      const RatioTest& b = after.overall_comparisons[i].test;
      EXPECT_NEAR(b.ratio / a.ratio, 1, 1e-9);
      EXPECT_NEAR(*b.t / *a.t, 1, 1e-6);
      EXPECT_EQ(b.winner, a.winner);
    }
    EXPECT_NEAR(*after.crossovers[0].fit->crossover / *before.crossovers[0].fit->crossover, 1, 1e-9);
    EXPECT_NEAR(*after.crossovers[0].fit->ci95_low / *before.crossovers[0].fit->ci95_low, 1, 1e-9);
    ASSERT_EQ(after.decisions[0].bands.size(), before.decisions[0].bands.size());
    for (std::size_t i = 0; i < before.decisions[0].bands.size(); ++i) {
      EXPECT_EQ(after.decisions[0].bands[i].winner, before.decisions[0].bands[i].winner);
      EXPECT_EQ(after.decisions[0].bands[i].tied_with, before.decisions[0].bands[i].tied_with);
      EXPECT_NEAR(after.decisions[0].bands[i].low_parameters / before.decisions[0].bands[i].low_parameters, 1,
                  1e-9);
    }
  }
}

TEST(AnalyzeProperty, SwappingTheBackendsFlipsEverySign) {
  const auto rows = crossing_study(6, 0.1);
  const PlannedRuns forward{{"A", "B"}, {kMicro, kShort}, {Mode::prefill}, 5, 5};
  PlannedRuns backward = forward;
  backward.backends = {"B", "A"};
  const Analysis a = analyze_rows(rows, forward);
  const Analysis b = analyze_rows(rows, backward);
  ASSERT_EQ(b.overall_comparisons.size(), a.overall_comparisons.size());
  for (std::size_t i = 0; i < a.overall_comparisons.size(); ++i) {
    EXPECT_EQ(b.overall_comparisons[i].first, "B");
    EXPECT_NEAR(b.overall_comparisons[i].test.ratio * a.overall_comparisons[i].test.ratio, 1, 1e-12);
    EXPECT_NEAR(*b.overall_comparisons[i].test.t, -*a.overall_comparisons[i].test.t, 1e-9);
    EXPECT_NEAR(*b.overall_comparisons[i].paired.t / *a.overall_comparisons[i].paired.t, -1, 1e-9);
    EXPECT_EQ(b.overall_comparisons[i].test.winner, -a.overall_comparisons[i].test.winner);
  }
  EXPECT_NEAR(b.crossovers[0].fit->k, -a.crossovers[0].fit->k, 1e-12);
  EXPECT_NEAR(*b.crossovers[0].fit->crossover / *a.crossovers[0].fit->crossover, 1, 1e-9);
  EXPECT_EQ(b.crossovers[0].brackets.size(), a.crossovers[0].brackets.size());
  EXPECT_EQ(to_line(PlainCodec::write(b.decisions)),
            to_line(PlainCodec::write(a.decisions)));  // the same answer
}

}  // namespace
}  // namespace inferscale::analysis
