#include "terminal/number_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/process.hpp"
#include "record/plan_ranges.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::terminal {

using namespace record;

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What CLI11 does with a validator: the text afterwards, or the error in brackets.
std::string checked(const CLI::Validator& validator, std::string text) {
  const std::string wrong = validator(text);
  return wrong.empty() ? text : "[" + wrong + "]";
}

TEST(NumberOptions, NumbersThatAreNone) {
  for (const auto& validator : {number_in({0, 10}), positive_number(), number_from_zero()}) {
    EXPECT_EQ(checked(validator, "1.5e0"), "1.5e0");
    EXPECT_EQ(checked(validator, "+2"), "+2");
    for (const char* wrong : {"nan", "-nan", "inf", "-inf", "1e999", "", "ten", "1x", "0x10", " 1", "-1"}) {
      EXPECT_THAT(checked(validator, wrong), AllOf(StartsWith("[must be a number"), HasSubstr(wrong)))
          << wrong;
    }
  }
  EXPECT_EQ(checked(number_in({0, 10}), "10.1"), "[must be a number from 0 to 10, not '10.1']");
  EXPECT_EQ(checked(positive_number(), "0"), "[must be a number above 0, not '0']");
  EXPECT_EQ(checked(number_from_zero(), "0"), "0");
}

TEST(NumberOptions, WholeNumbersAreDecimal) {
  EXPECT_EQ(checked(whole_number_in({0, 100}), "010"), "10") << "no octal number";
  for (const char* wrong : {"1.5", "1e1", "101", "-1", "99999999999999999999999", ""}) {
    EXPECT_THAT(checked(whole_number_in({0, 100}), wrong),
                StartsWith("[must be a whole number from 0 to 100"));
  }
  EXPECT_EQ(checked(seed_number(), "18446744073709551615"), "18446744073709551615");
  for (const char* wrong : {"-1", "18446744073709551616", "99999999999999999999999", "1.0", ""}) {
    EXPECT_THAT(checked(seed_number(), wrong), StartsWith("[must be a whole number from 0 to 184467"));
  }
}

/// The plan with one field set is valid at both ends of the range, and not beyond them.
void expect_the_plans_range(NumberRange range, double step, const std::function<void(Plan&, double)>& set) {
  const auto valid = [&](double value) {
    Plan plan;
    plan.label = "label";
    plan.models = {"gpt2"};
    plan.backends = {"null-cpu"};
    plan.scenarios = {protocol::builtin_scenarios().front()};
    plan.modes = {protocol::Mode::prefill};
    set(plan, value);
    return validate(plan, "plan").has_value();
  };
  EXPECT_TRUE(valid(range.low));
  EXPECT_TRUE(valid(range.high));
  EXPECT_FALSE(valid(range.low - step));
  EXPECT_FALSE(valid(range.high + step));
}

TEST(NumberOptions, RangesAreThoseOfAPlan) {
  expect_the_plans_range(range_of<Plan>("repetitions"), 1,
                         [](Plan& plan, double n) { plan.repetitions = static_cast<int>(n); });
  expect_the_plans_range(range_of<Plan>("new_tokens"), 1,
                         [](Plan& plan, double n) { plan.new_tokens = static_cast<int>(n); });
  expect_the_plans_range(range_of<Plan>("warmup_iterations"), 1,
                         [](Plan& plan, double n) { plan.warmup_iterations = static_cast<int>(n); });
  expect_the_plans_range(range_of<protocol::StoppingRule>("target_relative_half_width"), 1e-9,
                         [](Plan& plan, double n) { plan.stop.target_relative_half_width = n; });
  expect_the_plans_range(range_of<protocol::StoppingRule>("max_s"), 1e-7,
                         [](Plan& plan, double n) { plan.stop.max_s = n; });
  expect_the_plans_range(range_of<Plan>("threads"), 1,
                         [](Plan& plan, double n) { plan.threads = static_cast<int>(n); });
  expect_the_plans_range(range_of<Plan>("parallel_loads"), 1,
                         [](Plan& plan, double n) { plan.parallel_loads = static_cast<int>(n); });
  expect_the_plans_range(range_of<Plan>("timeout_s"), 1e-3, [](Plan& plan, double n) { plan.timeout_s = n; });
  expect_the_plans_range(range_of<Plan>("memory_limit_mb"), 1,
                         [](Plan& plan, double n) { plan.memory_limit_mb = n; });
  expect_the_plans_range(range_of<protocol::Scenario>("batch"), 1,
                         [](Plan& plan, double n) { plan.scenarios[0].batch = static_cast<int>(n); });
}

/// Every option of a number that is wrong: exit code 2, one sentence that names it, and nothing is made.
TEST(NumberOptions, EveryCommandRefusesWhatIsWrong) {
  const test::TemporaryFolder folder;
  const std::string model = "gpt2:layers=1,hidden=16,heads=2,vocabulary=61,positions=32";
  const std::string artifacts = folder / "artifacts";
  const std::map<std::string, std::vector<std::string>> commands{
      {"bench", {model, "--backend", "null-cpu", "--artifacts", artifacts}},
      {"build", {model, "--backend", "null-cpu", "--artifacts", artifacts}},
      {"export", {model, "-o", folder / "model.onnx", "--artifacts", artifacts}},
      {"perplexity", {model, "--backend", "null-cpu", "--corpus", "none.txt", "--artifacts", artifacts}},
      {"crossover", {"null-cpu", "none-cpu", "--out", folder / "results", "--artifacts", artifacts}},
      {"study",
       {"--backends", "null-cpu", "--models", model, "--out", folder / "results", "--artifacts", artifacts}},
      {"recommend", {folder / "results"}}};
  const std::vector<std::pair<std::string, std::vector<std::vector<std::string>>>> wrong{
      {"bench",
       {{"--warmup", "-1"},
        {"--max-seconds", "0", "-1", "nan", "inf"},
        {"--half-width", "-1", "nan", "2"},
        {"--new-tokens", "0"},
        {"--timeout", "-5", "0", "nan", "1e30"},
        {"--threads", "-1", "4097"},
        {"--repetitions", "0", "-1"},
        {"--seed", "-1", "99999999999999999999999"}}},
      {"build", {{"--new-tokens", "0"}, {"--seed", "-1"}}},
      {"export", {{"--seed", "-1", "99999999999999999999999"}, {"--percentile", "nan", "0", "101"}}},
      {"perplexity", {{"--timeout", "0", "nan"}, {"--threads", "-1"}, {"--seed", "-1"}}},
      {"crossover",
       {{"--timeout", "-1"},
        {"--threads", "-1"},
        {"--seed", "-1"},
        {"--repetitions", "1"},
        {"--max-models", "1"},
        {"--label", "a/b", ".hidden"}}},
      {"study",
       {{"--timeout", "nan", "0"},
        {"--threads", "-1"},
        {"--seed", "-1", "99999999999999999999999"},
        {"--repetitions", "0"},
        {"--parallel-loads", "0"},
        {"--memory-limit", "nan", "-1"}}},
      {"recommend",
       {{"--max-latency-ms", "nan", "0", "-1", "inf"}, {"--min-throughput", "-1", "nan"}, {"--batch", "0"}}}};
  for (const auto& [command, options] : wrong) {
    for (const auto& option : options) {
      for (std::size_t i = 1; i < option.size(); ++i) {
        std::vector<std::string> all{INFERSCALE_BIN_DIR "/inferscale", command};
        all.insert(all.end(), commands.at(command).begin(), commands.at(command).end());
        all.insert(all.end(), {option[0], option[i]});
        const auto result = run_process({std::move(all), {}, {}}, {}, std::chrono::seconds(60));
        ASSERT_TRUE(result) << result.error().message;
        const std::string place = command + " " + option[0] + " " + option[i] + ": " + result->errors;
        EXPECT_EQ(result->status.code, 2) << place;
        EXPECT_THAT(result->errors,
                    AllOf(StartsWith("inferscale: " + option[0]), HasSubstr("'" + option[i] + "'")))
            << place;
        EXPECT_EQ(std::count(result->errors.begin(), result->errors.end(), '\n'), 1) << place;
      }
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "artifacts"));
  EXPECT_FALSE(std::filesystem::exists(folder / "results"));
}

}  // namespace
}  // namespace inferscale::terminal
