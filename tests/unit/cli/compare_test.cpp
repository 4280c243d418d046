#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"
#include "unit/cli/results_files.hpp"

namespace inferscale::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CompareCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write("base", 1, 2);
    write("same", 1, 2);
    write("slow", 0.9, 2);
    write("fewer-threads", 0.6, 1);
  }
  void write(const char* name, double factor, int threads) {
    std::vector<record::Row> rows;
    for (const double tok_s : {1000.0, 1001.0, 999.0}) {
      rows.push_back(test::make_row("gpt2-5m", 5'035'008, "onnxruntime-cpu", protocol::builtin_scenarios()[0],
                                    static_cast<int>(rows.size()), factor * tok_s));
    }
    test::write_results(folder_ / name, rows, {{"processor", "a processor"}, {"threads", threads}});
  }
  RunResult run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{INFERSCALE_BIN_DIR "/inferscale", "compare"};
    for (const auto& argument : arguments) {
      all.push_back(argument.front() == '-' || argument.back() == '%' ? argument
                                                                      : (folder_ / argument).string());
    }
    auto result = run_process({std::move(all), {}, {}}, {}, std::chrono::seconds(60));
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }
  test::TemporaryFolder folder_;
};

TEST_F(CompareCommand, TheExitCodeIsTheVerdict) {
  const auto same = run({"base", "same"});
  EXPECT_EQ(same.status.code, 0) << same.errors;
  EXPECT_THAT(same.output, HasSubstr("1 cell: 0 better, 0 worse, 1 same, 0 undecided (threshold 2%)"));
  const auto slow = run({"base", "slow"});
  EXPECT_EQ(slow.status.code, 1);
  EXPECT_THAT(slow.output, HasSubstr("worse"));
  EXPECT_EQ(slow.errors, "");
  EXPECT_EQ(run({"slow", "base"}).status.code, 0);
  EXPECT_EQ(run({"base", "slow", "--threshold", "15%"}).status.code, 0);
}

TEST_F(CompareCommand, WhatItCouldNotHaveSeenIsInconclusive) {
  std::vector<record::Row> rows;
  for (const double tok_s : {1000.0, 1200.0, 800.0}) {
    rows.push_back(test::make_row("gpt2-5m", 5'035'008, "onnxruntime-cpu", protocol::builtin_scenarios()[0],
                                  static_cast<int>(rows.size()), tok_s));
  }
  test::write_results(folder_ / "noisy", rows, {{"processor", "a processor"}, {"threads", 2}});
  const auto noisy = run({"base", "noisy"});
  EXPECT_EQ(noisy.status.code, 3) << noisy.output;
  EXPECT_THAT(noisy.output, HasSubstr("inconclusive: nothing is worse, yet the smallest slowdown"));
  EXPECT_EQ(run({"base", "noisy", "--detect", "99%"}).status.code, 0);
  const auto quiet = run({"base", "same", "--only-changed"});
  EXPECT_EQ(quiet.status.code, 0);
  EXPECT_THAT(quiet.output, Not(HasSubstr("single_")));
}

TEST_F(CompareCommand, CellsThatVanishedAreWorse) {
  std::vector<record::Row> rows;
  for (int scenario = 0; scenario < 2; ++scenario) {
    for (const double tok_s : {1000.0, 1001.0, 999.0}) {
      rows.push_back(test::make_row("gpt2-5m", 5'035'008, "onnxruntime-cpu",
                                    protocol::builtin_scenarios()[static_cast<std::size_t>(scenario)],
                                    static_cast<int>(rows.size() % 3), tok_s));
    }
  }
  test::write_results(folder_ / "more", rows, {{"processor", "a processor"}, {"threads", 2}});
  const auto gone = run({"more", "base"});
  EXPECT_EQ(gone.status.code, 1) << gone.output;
  EXPECT_THAT(gone.output, HasSubstr("only in BASE (counts as worse)"));
  EXPECT_EQ(run({"more", "base", "--allow-missing"}).status.code, 0);
  EXPECT_EQ(run({"base", "more"}).status.code, 0);
}

TEST_F(CompareCommand, OtherThreadsAreNoRegression) {
  const auto result = run({"base", "fewer-threads"});
  EXPECT_EQ(result.status.code, 2);
  EXPECT_THAT(result.output, HasSubstr("threads: 2 in BASE, 1 in NEW (so speeds cannot be compared)"));
  EXPECT_THAT(result.output, HasSubstr("1 cell, not comparable"));
  EXPECT_THAT(result.errors, HasSubstr("'threads' differs"));
}

TEST_F(CompareCommand, NoCellInCommonIsNoRegression) {
  std::vector<record::Row> rows;
  for (int r = 0; r < 3; ++r) {
    rows.push_back(
        test::make_row("gpt2", 124'439'808, "openvino-cpu", protocol::builtin_scenarios()[1], r, 1000 + r));
  }
  test::write_results(folder_ / "other", rows, {{"processor", "a processor"}, {"threads", 2}});
  const auto result = run({"base", "other"});
  EXPECT_EQ(result.status.code, 2) << result.output;
  EXPECT_THAT(result.errors, HasSubstr("have no cell in common"));
}

TEST_F(CompareCommand, PrintsJson) {
  const auto result = run({"base", "slow", "--json"});
  EXPECT_EQ(result.status.code, 1);
  const auto json = parse_json(result.output, "stdout");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)["schema_version"], 1);
  EXPECT_EQ((*json)["answer"], "regression");
  EXPECT_EQ((*json)["regressed"], true);
  EXPECT_EQ((*json)["cells"][0]["verdict"], "worse");
  EXPECT_NEAR((*json)["cells"][0]["ratio"].get<double>(), 0.9, 1e-9);
  EXPECT_EQ((*json)["totals"][0]["cells"], 1);
}

TEST_F(CompareCommand, WrongUsage) {
  EXPECT_EQ(run({"base"}).status.code, 2);
  EXPECT_EQ(run({"base", "nothing-here"}).status.code, 2);
  EXPECT_EQ(run({"base", "same", "--threshold", "200%"}).status.code, 2);
}

}  // namespace
}  // namespace inferscale::cli
