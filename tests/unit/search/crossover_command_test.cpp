// `inferscale crossover` with a worker whose latencies are a known function of the size
// (inferscale-worker-sized).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/process.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::search {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEnds =
    "gpt2:layers=1,hidden=32,heads=1,vocabulary=64,positions=64,gpt2:layers=8,hidden=128,heads=2,vocabulary="
    "64,"
    "positions=64";
constexpr double kCrossing = 200000;

using Option = std::pair<std::string, std::string>;

class CrossoverCommand : public testing::Test {
 protected:
  /// `environment` for the worker; `changed` options take the place of these.
  RunResult run(const std::vector<std::string>& environment, const std::vector<Option>& changed = {}) {
    std::map<std::string, std::string> options{{"--tolerance", "15%"},
                                               {"--models", kEnds},
                                               {"--scenarios", "single_micro"},
                                               {"--repetitions", "2"},
                                               {"--threads", "1"},
                                               {"--label", "search"},
                                               {"--out", (folder / "results").string()},
                                               {"--artifacts", (folder / "artifacts").string()}};
    for (const auto& [name, value] : changed) {
      options[name] = value;
    }
    const std::string workers = "INFERSCALE_WORKER_PATH=" INFERSCALE_SOURCE_DIR "/tests/unit/search";
    std::vector<std::string> command{"/usr/bin/env", workers};
    command.insert(command.end(), environment.begin(), environment.end());
    const std::string program = INFERSCALE_BIN_DIR "/inferscale";
    command.insert(command.end(),
                   {program, "crossover", "sized-cpu", "level-cpu", "--no-plots", "--json", "--quiet"});
    for (const auto& [name, value] : options) {
      command.insert(command.end(), {name, value});
    }
    auto result = run_process({std::move(command), {}, {}}, {}, std::chrono::seconds(240));
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }
  static Json json_of(const RunResult& result) {
    auto json = parse_json(result.output, "stdout");
    EXPECT_TRUE(json) << result.output << result.errors;
    return json ? *json : Json::object();
  }
  test::TemporaryFolder folder;
};

TEST_F(CrossoverCommand, FindsTheCrossingAndReportsTheSearch) {
  const auto result = run({});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  const Json search = json_of(result);
  ASSERT_EQ(search.value("status", ""), "bracketed") << result.output;
  EXPECT_LE(search["bracket"]["low_parameters"].get<double>(), kCrossing);
  EXPECT_GE(search["bracket"]["high_parameters"].get<double>() * 1.01, kCrossing);
  EXPECT_EQ(search["bracket"]["low_winner"], "sized-cpu");
  EXPECT_GE(search["steps"].size(), 3U);
  const auto report = read_file(folder / "results/search/report.md");
  ASSERT_TRUE(report);
  EXPECT_THAT(*report, HasSubstr("Search for the crossing"));
  EXPECT_THAT(*report, HasSubstr("**Found**: sized-cpu wins up to"));
  EXPECT_THAT(*report, HasSubstr("the smallest size of the range"));
  const auto stored = read_json_file(folder / "results/search/processed/crossover_search.json");
  ASSERT_TRUE(stored);
  EXPECT_EQ(*stored, search);

  // Run again: nothing is measured anew, and the answer is the same.
  const auto again = run({});
  EXPECT_EQ(again.output, result.output);
}

TEST_F(CrossoverCommand, NamesTheTie) {
  const Json search = json_of(run({"SIZED_TIE=0.4"}));
  EXPECT_EQ(search.value("status", ""), "tied");
  EXPECT_THAT(search.value("conclusion", ""), HasSubstr("they tie"));
}

TEST_F(CrossoverCommand, TakesAScenarioOfTheUsersOwn) {
  const auto result = run({}, {{"--scenarios", "mine:batch=2,prompt=8"}, {"--max-models", "2"}});
  EXPECT_EQ(result.errors, "");
  const auto plan = read_json_file(folder / "results/search/plan.json");
  ASSERT_TRUE(plan) << result.errors;
  EXPECT_EQ((*plan)["scenarios"][0]["batch"], 2);
  EXPECT_EQ((*plan)["scenarios"][0]["prompt_tokens"], 8);
}

TEST_F(CrossoverCommand, SaysThatOneAlwaysWins) {
  const auto result = run({"SIZED_LEVEL_MS=1000"});
  EXPECT_EQ(result.status.code, 0);
  const Json search = json_of(result);
  EXPECT_EQ(search.value("status", ""), "one_always_wins");
  EXPECT_THAT(search.value("conclusion", ""), HasSubstr("sized-cpu wins at both ends"));
}

TEST_F(CrossoverCommand, TakesUpAnInterruptedSearch) {
  const auto whole = json_of(run({}, {Option("--label", "whole")}));
  const auto stopped = run({"SIZED_STOP_AT=" + (folder / "stopped").string()});
  EXPECT_EQ(stopped.status.code, 130) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("run the same command again to resume"));
  const auto resumed = json_of(run({}));
  EXPECT_EQ(resumed, whole);
}

TEST_F(CrossoverCommand, TheBudgetEndsItWithExitCode1) {
  const auto result = run({}, {Option("--max-models", "3")});
  EXPECT_EQ(result.status.code, 1);
  EXPECT_EQ(json_of(result).value("status", ""), "budget_used");
  EXPECT_EQ(json_of(run({})).value("status", ""), "bracketed");  // more budget: it goes on
}

TEST_F(CrossoverCommand, ABackendThatCannotRunHereIsRefusedBeforeTheOtherIsMeasured) {
  const std::string program = INFERSCALE_BIN_DIR "/inferscale";
  const std::string workers = "INFERSCALE_WORKER_PATH=" INFERSCALE_SOURCE_DIR "/tests/unit/search";
  const auto result =
      run_process({{"/usr/bin/env", workers, "SIZED_UNAVAILABLE=no such device", program, "crossover",
                    "sized-cpu", "level-cpu", "--models", kEnds, "--out", (folder / "results").string(),
                    "--artifacts", (folder / "artifacts").string()},
                   {},
                   {}},
                  {}, std::chrono::seconds(60));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status.code, 1);
  EXPECT_EQ(result->errors, "inferscale: crossover: 'level-cpu' cannot run here: no such device\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "results"));
}

TEST_F(CrossoverCommand, ABackendIsNotComparedWithItself) {
  const auto result = run_process({{INFERSCALE_BIN_DIR "/inferscale", "crossover", "x", "x"}, {}, {}}, {},
                                  std::chrono::seconds(60));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status.code, 2);
  EXPECT_THAT(result->errors, HasSubstr("A and B are both 'x'"));
}

TEST_F(CrossoverCommand, WrongUsage) {
  const std::vector<Option> wrong_options = {
      {"--tolerance", "none"}, {"--models", "gpt2,tiny-gpt2"},  {"--models", "gpt2"},
      {"--repetitions", "1"},  {"--scenarios", "mine:batch=1"}, {"--metric", "new_tok_s"}};
  for (const auto& [name, value] : wrong_options) {
    const auto result = run({}, {Option(name, value)});
    EXPECT_EQ(result.status.code, 2) << name << " " << value << ": " << result.errors;
  }
  EXPECT_THAT(run({}, {Option("--tolerance", "1000%")}).errors,
              HasSubstr("--tolerance must be a share above 0% and below 1000%, such as 5% or 0.05"));
}

}  // namespace
}  // namespace inferscale::search
