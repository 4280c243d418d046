#include "analysis/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "record/plan.hpp"
#include "record/row_contradiction.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"
#include "unit/cli/results_files.hpp"

namespace inferscale::analysis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

record::Row row_of(int repetition) {
  return test::make_row("m", 1000, "a", protocol::builtin_scenarios()[0], repetition, 500 + repetition);
}

TEST(RowContradiction, FiguresFollowFromOneAnother) {
  record::Row row = row_of(0);
  EXPECT_FALSE(record::contradiction_in(row));
  row.throughput_tok_s *= 1000;
  EXPECT_THAT(record::contradiction_in(row).value_or(""), HasSubstr("throughput_tok_s is"));
  row = row_of(0);
  row.latency_ms.median = row.latency_ms.max * 2;
  EXPECT_THAT(record::contradiction_in(row).value_or(""), HasSubstr("contradict each other"));
  row.outcome = Outcome::crash;
  EXPECT_FALSE(record::contradiction_in(row));
}

TEST(RowContradiction, TimesAndMemoryFollowToo) {
  const auto wrong_with = [](const auto& change) {
    record::Row row = row_of(0);
    change(row);
    return record::contradiction_in(row).value_or("none");
  };
  const auto spread = [](record::Row& row) {
    row.iterations = 1;
    row.latency_ms.min = row.latency_ms.mean / 2;
  };
  EXPECT_THAT(wrong_with(spread), HasSubstr("iterations is 1, and its latency is"));
  EXPECT_THAT(wrong_with([](record::Row& row) { row.time_to_first_token_ms = row.latency_ms.max * 2; }),
              HasSubstr("and no iteration took more than"));
  EXPECT_EQ(wrong_with([](record::Row& row) { row.time_to_first_token_ms = row.latency_ms.max; }), "none");
  EXPECT_THAT(wrong_with([](record::Row& row) {
                row.time_per_output_token_ms = row.latency_ms;
                row.time_per_output_token_ms->mean = row.latency_ms.max * 2;
              }),
              HasSubstr("time_per_output_token_ms: a mean latency of"));
  EXPECT_THAT(wrong_with([](record::Row& row) { row.memory_peak_mb = -1; }),
              HasSubstr("memory_peak_mb is -1"));
}

TEST(NotAsAsked, IsANoticeOfTheAnalysis) {
  auto rows = std::vector{row_of(0), row_of(1), row_of(2)};
  rows[1].details[record::kNotAsAsked] = "threads: the worker says 64, and 2 were asked for";
  rows[2].details[record::kNotAsAsked] = "threads: the worker says 65, and 2 were asked for";
  EXPECT_THAT(
      test::build(rows).notices,
      ElementsAre(AllOf(HasSubstr("did not run as it was asked to in 2 rows"), HasSubstr("says 64, and 2"))));
}
TEST(RowContradiction, IsANoticeOfTheAnalysis) {
  auto rows = std::vector{row_of(0), row_of(1)};
  EXPECT_THAT(test::build(rows).notices, IsEmpty());
  rows[1].throughput_tok_s *= 1000;
  EXPECT_THAT(test::build(rows).notices, ElementsAre(HasSubstr("1 rows contradict themselves")));
}

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    record::Plan plan;
    plan.name = plan.label = "test";
    plan.models = {"m"};
    plan.backends = {"a"};
    plan.scenarios = {protocol::builtin_scenarios()[0]};
    plan.modes = {protocol::Mode::prefill};
    plan.repetitions = 2;
    write({row_of(0), row_of(1)});
    ASSERT_TRUE(write_file_atomic(folder() / "plan.json", to_pretty(to_json(plan))));
    seal();
  }
  void write(const std::vector<record::Row>& rows) { test::write_results(folder(), rows, Json::object()); }
  /// The manifest of what is there now.
  void seal() {
    Json files = Json::array();
    for (const char* name : {"raw/prefill.jsonl", "plan.json", "environment.json"}) {
      files.push_back({{"path", name},
                       {"bytes", std::filesystem::file_size(folder() / name)},
                       {"sha256", *sha256_file(folder() / name)}});
    }
    const Json manifest{{"schema_version", 1},
                        {"artifacts", {{{"path", "gone"}, {"bytes", 1}, {"sha256", ""}}}},
                        {"models", {{{"name", "m"}}}},
                        {"files", files}};
    ASSERT_TRUE(write_file_atomic(folder() / "manifest.json", to_pretty(manifest)));
  }
  std::vector<std::string> problems(const VerifyOptions& options = {}) {
    const auto found = verify_results(folder(), options);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> all;
    for (const auto& [place, problem] : found->problems) {
      all.push_back(place + ": " + problem);
    }
    return all;
  }
  [[nodiscard]] std::filesystem::path folder() const { return folder_ / "results"; }

  test::TemporaryFolder folder_;
};

TEST_F(Verify, WhatAStudyLeftIsRight) {
  EXPECT_THAT(problems({true}), IsEmpty());
  const auto found = verify_results(folder(), {true});
  EXPECT_EQ(found->rows, 2);
  EXPECT_EQ(found->files, 3);
  EXPECT_EQ(found->artifacts_not_there, 1);
  EXPECT_EQ(to_json(*found)["ok"], true);
}

TEST_F(Verify, AChangedFileIsNamed) {
  auto rows = std::vector{row_of(0), row_of(1)};
  rows[1].throughput_tok_s *= 1000;
  write(rows);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("raw/prefill.jsonl: was changed"),
                                      HasSubstr("raw/prefill.jsonl line 2: throughput_tok_s is")));
  {
    std::ofstream more(folder() / "plan.json", std::ios::app);
    more << "\n";
  }
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("plan.json: was changed")));  // rows alone are added to
  std::filesystem::remove(folder() / "environment.json");
  EXPECT_THAT(problems(),
              testing::Contains(HasSubstr("environment.json: is listed in manifest.json and not there")));
}

TEST_F(Verify, ALineThatIsNoRowIsNamedOnce) {
  {
    std::ofstream more(folder() / "raw/prefill.jsonl", std::ios::app);
    more << "{}\n";
  }
  seal();
  EXPECT_THAT(problems(), ElementsAre(testing::Not(HasSubstr("line 3: raw/prefill.jsonl"))));
}

TEST_F(Verify, RowsThatCameLaterAreNoForgery) {
  write({row_of(0)});
  seal();
  write({row_of(0), row_of(1)});
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("the study did not come to its end")));
}

TEST_F(Verify, RowsBelongToThePlanAndAreThereOnce) {
  record::Row stranger = row_of(2);
  stranger.backend = "b";
  stranger.model = "n";
  write({row_of(0), row_of(0), stranger});
  seal();
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("line 2: is the same repetition as raw/prefill.jsonl line 1"),
                          HasSubstr("line 3: is of the model 'n', which manifest.json does not have"),
                          HasSubstr("line 3: is of 'b', which plan.json does not have"),
                          HasSubstr("line 3: is repetition 3, and plan.json has 2")));
}

TEST_F(Verify, RowsAreOfTheEnvironment) {
  record::Row row = row_of(0);
  row.threads = 2;
  row.runtime_version = "1.0";
  row.device = "cpu";
  row.memory_peak_mb = 2000;
  row.started_at = "2026-11-24T00:14:05.123Z";
  Json environment{{"threads", 2},
                   {"memory_gb", 2.0},
                   {"started_at", "2026-11-24T00:14:00.000Z"},
                   {"backends", {{"a", {{"runtime_version", "1.0"}, {"device", "cpu"}, {"precision", ""}}}}}};
  const auto found = [&] {
    test::write_results(folder(), {row}, environment);
    seal();
    return problems();
  };
  EXPECT_THAT(found(), IsEmpty());
  row.started_at = "2026-11-23T12:00:00.000Z";  // a clock that was set back
  EXPECT_THAT(found(), IsEmpty());
  row.started_at = "2025-11-23T12:00:00.000Z";
  row.threads = 3;
  row.runtime_version = "1.1";
  row.memory_peak_mb = 3000;
  EXPECT_THAT(
      found(),
      ElementsAre(HasSubstr("line 1: runtime_version is '1.1', and environment.json has '1.0' of a"),
                  HasSubstr("line 1: threads is 3, and environment.json has 2"),
                  HasSubstr("line 1: memory_peak_mb is 3000, and environment.json has 2048 MiB in all"),
                  HasSubstr("line 1: started at 2025-11-23T12:00:00.000Z, and the study at")));
}

TEST_F(Verify, RowsAreOfTheRunsThatAddedThem) {
  const auto with_run = [&](int rows, double wall_s) {
    auto manifest = read_json_file(folder() / "manifest.json");
    (*manifest)["runs"] = {{{"begun", "2026-11-24T00:14:05.123Z"}, {"wall_s", wall_s}, {"rows", rows}}};
    EXPECT_TRUE(write_file_atomic(folder() / "manifest.json", to_pretty(*manifest)));
    return problems();
  };
  EXPECT_THAT(with_run(2, 100), IsEmpty());
  EXPECT_THAT(with_run(1, 0), IsEmpty());  // of a run that was killed nothing is known
  EXPECT_THAT(with_run(3, 100), ElementsAre("manifest.json: has runs that added 3 rows, and 2 are there"));
  EXPECT_THAT(with_run(2, 0.001), ElementsAre(HasSubstr("and the rows' timed iterations took")));
}

TEST_F(Verify, RowsHaveTheParametersAndIterationsThatAreKnown) {
  record::Row row = row_of(0);
  row.parameters = 999;
  row.iterations = protocol::StoppingRule().max_iterations + 1;
  write({row});
  seal();
  auto manifest = read_json_file(folder() / "manifest.json");
  (*manifest)["models"][0]["parameters"] = 1000;
  ASSERT_TRUE(write_file_atomic(folder() / "manifest.json", to_pretty(*manifest)));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("parameters is 999, and manifest.json has 1000 of 'm'"),
                                      HasSubstr("has 10001 iterations, and plan.json allows 10000")));
}

/// Every row of a published study is of its plan, whose scenarios say how many tokens are new.
TEST(VerifyPublished, RowsOfAStudyWithACacheAreOfItsPlan) {
  const auto found =
      verify_results(std::filesystem::path(INFERSCALE_SOURCE_DIR) / "docs/results/h200/decode", {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->rows, 72);
  for (const auto& one : found->problems) {
    EXPECT_THAT(one.place, Not(HasSubstr("jsonl"))) << one.problem;
  }
}

TEST_F(Verify, NoResultsIsWrongUsage) {
  EXPECT_TRUE(verify_results(folder_ / "none", {}).error().usage);
  EXPECT_TRUE(verify_results(folder_.path(), {}).error().usage);
}

}  // namespace
}  // namespace inferscale::analysis
