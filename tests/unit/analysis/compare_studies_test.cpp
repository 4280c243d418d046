#include "analysis/compare_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {

using namespace record;

namespace {

using test::make_failed;
using test::make_row;
using test::Noise;
using test::simulate_study;

constexpr double kNoise = 0.015;

StudyResults study_of(const std::vector<Row>& rows) {
  StudyResults results;
  results.folder = results.name = "study";
  results.environment = Json{{"processor", "a processor"}, {"threads", 2}, {"inferscale_version", "1"}};
  results.dataset = test::build(rows);
  return results;
}

/// One cell with these throughputs.
std::vector<Row> cell_rows(const std::vector<double>& throughputs, const std::string& backend = "a") {
  std::vector<Row> rows;
  for (const double tok_s : throughputs) {
    rows.push_back(make_row("gpt2-5m", 5'035'008, backend, protocol::builtin_scenarios()[0],
                            static_cast<int>(rows.size()), tok_s));
  }
  return rows;
}

StudyComparison compare(const StudyResults& base, const StudyResults& now, double threshold = 0.02) {
  auto comparison = compare_studies(base, now, {threshold});
  EXPECT_TRUE(comparison) << comparison.error().message;
  return comparison ? *comparison : StudyComparison{};
}

ChangeVerdict verdict(const std::vector<double>& base, const std::vector<double>& now,
                      double threshold = 0.02) {
  const auto comparison = compare(study_of(cell_rows(base)), study_of(cell_rows(now)), threshold);
  return comparison.cells.at(0).verdict;
}

TEST(CompareStudies, Verdicts) {
  EXPECT_EQ(verdict({100, 101, 99, 100, 100}, {90, 91, 89, 90, 90}), ChangeVerdict::worse);
  EXPECT_EQ(verdict({90, 91, 89, 90, 90}, {100, 101, 99, 100, 100}), ChangeVerdict::better);
  EXPECT_EQ(verdict({100, 100.1, 99.9, 100}, {100.2, 100.1, 100.0, 100}), ChangeVerdict::same);
  EXPECT_EQ(verdict({100, 110, 90, 100}, {95, 105, 99, 100}), ChangeVerdict::undecided);
  // Significant, and the interval holds the threshold: it is not known on which side of it the change lies.
  EXPECT_EQ(verdict({100, 100.5, 99.5, 100, 100}, {98.1, 98.7, 97.6, 98.1, 98.3}), ChangeVerdict::undecided);
  EXPECT_EQ(verdict({100, 100.1, 99.9, 100}, {99, 99.1, 98.9, 99}), ChangeVerdict::same);
  EXPECT_EQ(verdict({100, 100.1, 99.9, 100}, {99, 99.1, 98.9, 99}, 0.001), ChangeVerdict::worse);
  EXPECT_EQ(verdict({100}, {50}), ChangeVerdict::undecided);
  EXPECT_EQ(verdict({100, 100, 100}, {100, 100, 100}), ChangeVerdict::same);  // no spread at all
  EXPECT_EQ(verdict({100, 100, 100}, {90, 90, 90}), ChangeVerdict::worse);
}

TEST(CompareStudies, ACellThatNoLongerWorksIsARegression) {
  const auto good = cell_rows({100, 101, 99});
  auto bad = good;
  for (Row& row : bad) {
    row = make_failed(row, Outcome::crash, "signal 11");
  }
  const auto broken = compare(study_of(good), study_of(bad));
  EXPECT_EQ(broken.cells.at(0).verdict, ChangeVerdict::worse);
  EXPECT_THAT(broken.cells.at(0).note, testing::HasSubstr("3 of 3 degraded in NEW (crash)"));
  EXPECT_TRUE(broken.regressed());
  const auto mended = compare(study_of(bad), study_of(good));
  EXPECT_EQ(mended.cells.at(0).verdict, ChangeVerdict::better);
  EXPECT_FALSE(mended.regressed());
  const auto json = to_json(broken);
  EXPECT_TRUE(json["cells"][0]["ratio"].is_null());
  EXPECT_TRUE(json["cells"][0]["new_tok_s"].is_null());
}

/// 20 cells, whose three repetitions lie 3% apart, the same in all cells.
std::vector<Row> twenty_cells(double tok_s) {
  std::vector<Row> rows;
  for (int cell = 0; cell < 20; ++cell) {
    for (int r = 0; r < 3; ++r) {
      const protocol::Scenario scenario{"s" + std::to_string(cell), 1, 8 + cell};
      rows.push_back(make_row("gpt2-5m", 5'035'008, "a", scenario, r, tok_s * (1 + 0.03 * (r - 1))));
    }
  }
  return rows;
}

TEST(CompareStudies, AMachineThatIsALittleBusierIsNoRegression) {
  // Each cell is 3% slower and too noisy to tell; together they are significant, and that gates nothing.
  const auto comparison = compare(study_of(twenty_cells(100)), study_of(twenty_cells(97)));
  EXPECT_EQ(comparison.count(ChangeVerdict::undecided), 20);
  ASSERT_EQ(comparison.totals.size(), 1U);
  EXPECT_EQ(comparison.totals[0].verdict, ChangeVerdict::worse);
  EXPECT_FALSE(comparison.regressed());
  EXPECT_EQ(to_json(comparison)["regressed"], false);
}

TEST(CompareStudies, CellsThatShareProcessesAreNoMoreEvidenceThanOneOfThem) {
  auto base = study_of(twenty_cells(100));
  auto now = study_of(twenty_cells(97));
  base.plan = now.plan = Plan{};
  EXPECT_EQ(compare(base, now).totals.at(0).verdict, ChangeVerdict::worse);
  base.plan->share_workers = now.plan->share_workers = true;
  const auto shared = compare(base, now);
  const RatioTest& total = shared.totals.at(0).test;
  const RatioTest& cell = shared.cells.at(0).test;
  EXPECT_EQ(shared.totals.at(0).verdict, ChangeVerdict::undecided);
  EXPECT_EQ(shared.totals.at(0).cells, 20);
  EXPECT_NEAR(total.ratio, 0.97, 1e-9);
  EXPECT_NEAR(total.ci95->low, cell.ci95->low, 1e-9);
  EXPECT_NEAR(*total.df, *cell.df, 1e-9);
  // A round in which a cell failed has no mean over all of them.
  now.dataset.cells[3].repetitions[0].outcome = Outcome::crash;
  EXPECT_EQ(compare(base, now).totals.at(0).test.n_first, 2);
  // Without a whole round there is nothing to hold the model against, in either study.
  const auto repetitions = static_cast<int>(now.dataset.cells[0].repetitions.size());
  for (int i = 0; i < repetitions; ++i) {
    now.dataset.cells[static_cast<std::size_t>(i)].repetitions[static_cast<std::size_t>(i)].outcome =
        Outcome::crash;
  }
  EXPECT_TRUE(compare(base, now).totals.empty());
}

TEST(CompareStudies, CellsWithoutACounterpartAreNamedAndNotTested) {
  auto base = cell_rows({100, 101, 99}, "a");
  auto now = base;
  for (const Row& row : cell_rows({50, 51, 52}, "b")) {
    base.push_back(row);
    now.push_back(make_failed(row, Outcome::unsupported, "not installed"));
  }
  for (const Row& row : cell_rows({70, 71}, "c")) {
    base.push_back(row);
  }
  for (const Row& row : cell_rows({80, 81}, "d")) {
    now.push_back(row);
  }
  const auto comparison = compare(study_of(base), study_of(now));
  ASSERT_EQ(comparison.cells.size(), 1U);
  std::vector<std::string> reasons;
  for (const auto& cell : comparison.unmatched) {
    reasons.push_back(cell.backend + ": " + cell.reason);
  }
  EXPECT_THAT(reasons,
              testing::UnorderedElementsAre("b: unsupported in NEW", "c: only in BASE", "d: only in NEW"));
  EXPECT_EQ(comparison.missing(), 2);  // b and c worked in BASE
  EXPECT_EQ(comparison.answer(), CompareAnswer::regression);
  CompareOptions lenient;
  lenient.allow_missing = true;
  EXPECT_NE(compare_studies(study_of(base), study_of(now), lenient)->answer(), CompareAnswer::regression);
  EXPECT_EQ(compare(study_of(now), study_of(base)).missing(), 1);  // only d worked
}

TEST(CompareStudies, WithoutPrecisionTheAnswerIsInconclusive) {
  const auto noisy = compare(study_of(cell_rows({100, 120, 80})), study_of(cell_rows({101, 118, 81})));
  EXPECT_EQ(noisy.count(ChangeVerdict::undecided), 1);
  EXPECT_EQ(noisy.answer(), CompareAnswer::inconclusive);
  ASSERT_TRUE(noisy.smallest_change());
  EXPECT_GT(*noisy.smallest_change(), 0.5);
  const auto quiet = compare(study_of(cell_rows({100, 101, 99})), study_of(cell_rows({101, 100.5, 99})));
  EXPECT_EQ(quiet.count(ChangeVerdict::undecided), 1);
  EXPECT_EQ(quiet.answer(), CompareAnswer::no_regression);
  EXPECT_LT(*quiet.smallest_change(), kDetect);
  const auto single = compare(study_of(cell_rows({100})), study_of(cell_rows({100})));
  EXPECT_EQ(single.answer(), CompareAnswer::inconclusive);
  EXPECT_FALSE(single.smallest_change());
  const auto same = compare(study_of(cell_rows({100, 100, 100})), study_of(cell_rows({100, 100, 100})));
  EXPECT_EQ(same.answer(), CompareAnswer::no_regression);
}

TEST(CompareStudies, TheSmallestSlowdownIsFoundIn8Of10Studies) {
  Noise noise(121);
  const auto values = [&](double mean) {
    std::vector<double> all;
    for (int repetition = 0; repetition < 5; ++repetition) {
      all.push_back(noise.around(mean, kNoise));
    }
    return all;
  };
  double sum = 0;
  constexpr int kStudies = 400;
  for (int study = 0; study < kStudies; ++study) {
    sum += *compare(study_of(cell_rows(values(1000))), study_of(cell_rows(values(1000))), 0)
                .cells.at(0)
                .smallest_change;
  }
  int found = 0;
  for (int study = 0; study < kStudies; ++study) {
    const double slowdown = 1 + sum / kStudies;
    found += compare(study_of(cell_rows(values(1000))), study_of(cell_rows(values(1000 / slowdown))), 0)
                     .regressed()
                 ? 1
                 : 0;
  }
  EXPECT_NEAR(static_cast<double>(found) / kStudies, 0.8, 0.07);
}

TEST(CompareStudies, OtherShapesDoNotMatch) {
  auto other_model = cell_rows({50, 51});
  for (Row& row : other_model) {
    row.parameters += 1;
  }
  EXPECT_FALSE(compare_studies(study_of(cell_rows({100, 101})), study_of(other_model)));
  auto other_scenario = cell_rows({50, 51});
  for (Row& row : other_scenario) {
    row.scenario.prompt_tokens += 1;
  }
  EXPECT_FALSE(compare_studies(study_of(cell_rows({100, 101})), study_of(other_scenario)));
}

TEST(CompareStudies, RefusesToCompareMachinesAndSaysWhy) {
  const auto base = study_of(cell_rows({100, 101, 99}));
  for (const char* field : {"processor", "threads"}) {
    auto now = study_of(cell_rows({50, 51, 49}));
    now.environment[field] = field == std::string("threads") ? Json(1) : Json("another processor");
    const auto comparison = compare(base, now);
    EXPECT_FALSE(comparison.comparable);
    EXPECT_FALSE(comparison.regressed());
    EXPECT_EQ(comparison.count(ChangeVerdict::not_comparable), 1);
    ASSERT_FALSE(comparison.differences.empty());
    EXPECT_EQ(comparison.differences.front().field, field);
    EXPECT_TRUE(comparison.differences.front().decides);
  }
  auto unknown = base;
  unknown.environment = nullptr;
  EXPECT_FALSE(compare(base, unknown).comparable);
}

TEST(CompareStudies, VersionsAreWhatOneComparesFor) {
  const auto base = study_of(cell_rows({100, 101, 99}));
  auto now = study_of(cell_rows({50, 51, 49}));
  now.environment["inferscale_version"] = "2";
  now.environment["backends"] = Json{{"new-one", {{"runtime_version", "3"}}}};  // told by its cells, not here
  now.environment["started_at"] = "later";
  const auto comparison = compare(base, now);
  EXPECT_TRUE(comparison.comparable);
  EXPECT_TRUE(comparison.regressed());
  ASSERT_EQ(comparison.differences.size(), 1U);
  EXPECT_EQ(comparison.differences[0].field, "inferscale_version");
  EXPECT_EQ(comparison.differences[0].base, "1");
  EXPECT_EQ(comparison.differences[0].now, "2");
}

TEST(CompareStudies, ACommitIsAVersionWhereBothStudiesKnowIt) {
  auto base = study_of(cell_rows({100, 101, 99}));
  auto now = base;
  now.environment["inferscale_commit"] = "0123456789ab";
  now.environment["caches"] = Json{{"l2_bytes", 1}};
  now.environment["disk"] = Json{{"free_bytes", 1}};
  EXPECT_TRUE(compare(base, now).differences.empty()) << "a study from before 0.2.0";
  base.environment["inferscale_commit"] = "ba9876543210";
  const auto comparison = compare(base, now);
  ASSERT_EQ(comparison.differences.size(), 1U);
  EXPECT_EQ(comparison.differences[0].field, "inferscale_commit");
  EXPECT_FALSE(comparison.differences[0].decides);
}

TEST(CompareStudies, OtherWorkIsNotComparable) {
  auto base = study_of(cell_rows({100, 101, 99}));
  auto now = base;
  base.plan = Plan{};
  now.plan = Plan{};
  EXPECT_TRUE(compare(base, now).differences.empty());
  now.plan->seed = 7;
  EXPECT_TRUE(compare(base, now).comparable);
  now.plan->share_workers = true;  // the same work in other processes: told, and compared
  EXPECT_TRUE(compare(base, now).comparable);
  EXPECT_EQ(compare(base, now).differences.back().field, "plan.share_workers");
  now.plan->logits = protocol::LogitsScope::last;
  EXPECT_FALSE(compare(base, now).comparable);
}

TEST(CompareStudies, SwappingTheStudiesSwapsEveryVerdict) {
  Noise noise(3);
  const auto base = simulate_study(noise, 1, kNoise, 5);
  const auto now = simulate_study(noise, 0.96, kNoise, 5);
  const auto forth = compare(base, now);
  const auto back = compare(now, base);
  ASSERT_EQ(forth.cells.size(), back.cells.size());
  for (std::size_t i = 0; i < forth.cells.size(); ++i) {
    EXPECT_NEAR(forth.cells[i].test.ratio * back.cells[i].test.ratio, 1, 1e-12);
    EXPECT_NEAR(*forth.cells[i].test.t, -*back.cells[i].test.t, 1e-9);
    EXPECT_NEAR(*forth.cells[i].test.p_holm, *back.cells[i].test.p_holm, 1e-12);
  }
  EXPECT_EQ(forth.count(ChangeVerdict::worse), back.count(ChangeVerdict::better));
  EXPECT_EQ(forth.count(ChangeVerdict::same), back.count(ChangeVerdict::same));
  EXPECT_GT(forth.count(ChangeVerdict::worse), 0);
}

TEST(CompareStudies, TwoRunsOfOneBuildAreNoRegressionInAtLeast95PercentOf200) {
  Noise noise(118);
  int regressions = 0;
  for (int study = 0; study < 200; ++study) {
    const auto base = simulate_study(noise, 1, kNoise, 5);
    const auto now = simulate_study(noise, 1, kNoise, 5);
    regressions += compare(base, now, 0).regressed() ? 1 : 0;  // not even the threshold helps
  }
  EXPECT_LE(regressions, 10);
}

TEST(CompareStudies, AFivePercentSlowdownIsFoundInAtLeast95PercentOf200) {
  Noise noise(119);
  int found = 0;
  for (int study = 0; study < 200; ++study) {
    const auto base = simulate_study(noise, 1, kNoise, 5);
    const auto now = simulate_study(noise, 1 / 1.05, kNoise, 5);
    found += compare(base, now).regressed() ? 1 : 0;
  }
  EXPECT_GE(found, 190);
}

TEST(CompareStudies, SoItIsWithASingleCell) {
  Noise noise(120);
  int found = 0;
  for (int study = 0; study < 200; ++study) {
    std::vector<double> base;
    std::vector<double> now;
    for (int repetition = 0; repetition < 5; ++repetition) {
      base.push_back(noise.around(1000, kNoise));
      now.push_back(noise.around(1000 / 1.05, kNoise));
    }
    found += compare(study_of(cell_rows(base)), study_of(cell_rows(now))).regressed() ? 1 : 0;
  }
  EXPECT_GE(found, 190);
}

TEST(LogMeans, OfValuesIsWelchsTest) {
  const std::vector<double> a{100, 102, 99, 101};
  const std::vector<double> b{97, 99, 98};
  const RatioTest one = compare_ratio(a, b);
  const RatioTest other = compare_log_means(log_mean(a), log_mean(b));
  EXPECT_EQ(other.ratio, one.ratio);
  EXPECT_EQ(*other.df, *one.df);
  EXPECT_FALSE(other.cohens_d);
}

TEST(LogMeans, AverageOfTwoEqualCellsHalvesTheVariance) {
  const std::vector<double> a{100, 102, 99, 101};
  const LogMean one = log_mean(a);
  LogMean both;
  both.add(one, 0.5).add(one, 0.5);
  EXPECT_NEAR(both.mean, one.mean, 1e-12);
  EXPECT_NEAR(both.variance, one.variance / 2, 1e-18);
  const RatioTest test = compare_log_means(both, both);
  EXPECT_NEAR(*test.df, 12, 1e-9);  // 4 parts of equal variance and 3 degrees of freedom
}

TEST(LogMeans, TheIntervalOverCellsCoversAtTheNominalRate) {
  constexpr int kStudies = 5'000;
  Noise noise(7);
  const auto cell = [&](double value, double sd) {
    std::vector<double> values;
    for (int repetition = 0; repetition < 5; ++repetition) {
      values.push_back(noise.around(value, sd));
    }
    return log_mean(values);
  };
  int held = 0;
  for (int study = 0; study < kStudies; ++study) {
    LogMean first;
    LogMean second;
    for (const double sd : {0.01, 0.02, 0.03, 0.01}) {
      first.add(cell(1300, sd), 0.25);
      second.add(cell(1000, sd), 0.25);
    }
    const auto interval = *compare_log_means(first, second).ci95;
    held += interval.low <= 1.3 && 1.3 <= interval.high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(held) / kStudies, 0.95, 0.01);
}

TEST(LogMeans, APartWithOneValueSaysNothing) {
  const LogMean two = log_mean(std::vector<double>{100, 102});
  LogMean mixed = two;
  mixed.add(log_mean(std::vector<double>{97}), 1);
  EXPECT_FALSE(compare_log_means(two, mixed).ci95);
  EXPECT_FALSE(compare_log_means({}, {}).ci95);
}

}  // namespace
}  // namespace inferscale::analysis
