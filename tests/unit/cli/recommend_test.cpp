// The commands recommend and analyze, every option of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"
#include "unit/cli/results_files.hpp"

namespace inferscale::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// "laptop": onnxruntime-cpu is fast where models are small, openvino-cpu where they are large; tensorrt-fp16
/// beats both on a GPU. "server": onnxruntime-cpu only, ten times as fast.
class AnswerCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<record::Row> rows;
    for (int r = 0; r < 3; ++r) {
      const double noise = 1 + 0.01 * (r - 1);
      add(rows, "onnxruntime-cpu", "cpu", r, 2000 * noise, 100 * noise);
      add(rows, "openvino-cpu", "cpu", r, 1000 * noise, 200 * noise);
      add(rows, "tensorrt-fp16", "cuda", r, 9000 * noise, 5000 * noise);
    }
    test::write_results(folder_ / "laptop", rows, {{"processor", "small"}, {"threads", 2}});
    rows.clear();
    for (int r = 0; r < 3; ++r) {
      add(rows, "onnxruntime-cpu", "cpu", r, 20000 * (1 + 0.01 * (r - 1)), 1000 * (1 + 0.01 * (r - 1)));
    }
    test::write_results(folder_ / "server", rows, {{"processor", "large"}, {"threads", 64}});
  }
  static void add(std::vector<record::Row>& rows, const char* backend, const char* device, int repetition,
                  double small, double large) {
    for (const std::size_t scenario : {std::size_t{0}, std::size_t{4}}) {  // batch 1 and 4
      for (const auto& [model, parameters, tok_s] :
           {std::tuple<const char*, std::int64_t, double>{"gpt2-5m", 5'035'008, small},
            {"gpt2", 124'439'808, large}}) {
        rows.push_back(test::make_row(model, parameters, backend, protocol::builtin_scenarios()[scenario],
                                      repetition, tok_s));
        rows.back().device = device;
      }
    }
  }
  std::string at(const char* name) const { return (folder_ / name).string(); }
  RunResult run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{INFERSCALE_BIN_DIR "/inferscale"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto result = run_process({std::move(all), {}, {}}, {}, std::chrono::seconds(60));
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }
  /// recommend laptop ... --json, which must be `code`.
  Json answers(std::vector<std::string> options, int code = 0) const {
    options.insert(options.begin(), {"recommend", at("laptop"), "--json"});
    const auto result = run(options);
    EXPECT_EQ(result.status.code, code) << result.errors;
    const auto json = parse_json(result.output, "stdout");
    EXPECT_TRUE(json) << result.output << result.errors;
    return json ? (*json)["answers"] : Json::array();
  }
  static std::string first(const Json& answer) {
    return answer["candidates"].empty() ? "" : answer["candidates"][0]["backend"].get<std::string>();
  }
  test::TemporaryFolder folder_;
};

TEST_F(AnswerCommands, RecommendsForEverySizeOrForOne) {
  const auto result = run({"recommend", at("laptop"), "--no-gpu"});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("use onnxruntime-cpu: 2.00 times the tok/s of openvino-cpu (95% interval"),
                    HasSubstr("use openvino-cpu: 2.00 times"), HasSubstr("measured (gpt2-5m)"),
                    HasSubstr("Measured sizes: 5.04 M, 124 M.")));
  const Json all = answers({});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(first(all[0]), "tensorrt-fp16");
  const Json between = answers({"--no-gpu", "--size", "20M"});
  ASSERT_EQ(between.size(), 1U);
  EXPECT_EQ(between[0]["candidates"][0]["basis"], "interpolated");
}

TEST_F(AnswerCommands, ConstraintsLeaveBackendsOutWithTheReason) {
  // Latency of 4 x 11 tokens at 100 and 200 tok/s: 440 and 220 ms.
  const Json fast_enough = answers({"--no-gpu", "--size", "124439808", "--max-latency-ms", "300"});
  ASSERT_EQ(fast_enough[0]["candidates"].size(), 1U);
  EXPECT_EQ(first(fast_enough[0]), "openvino-cpu");
  EXPECT_THAT(fast_enough[0]["left_out"].dump(), HasSubstr("440.0 ms in batch_short, above 300.0 ms"));
  const Json batch_one =
      answers({"--no-gpu", "--size", "124439808", "--max-latency-ms", "300", "--batch", "1"});
  EXPECT_EQ(batch_one[0]["candidates"].size(), 2U);
  EXPECT_EQ(batch_one[0]["scenarios"].size(), 1U);
  const Json enough = answers({"--no-gpu", "--size", "5035008", "--min-throughput", "1500"});
  EXPECT_EQ(enough[0]["candidates"].size(), 1U);
  const auto none =
      run({"recommend", at("laptop"), "--no-gpu", "--size", "5035008", "--min-throughput", "1e9"});
  EXPECT_EQ(none.status.code, 1);
  EXPECT_THAT(none.output, HasSubstr("nothing: no backend"));
  EXPECT_EQ(answers({"--min-throughput", "1e9"}, 1).size(), 2U);  // JSON has the reasons then too
}

TEST_F(AnswerCommands, ThePriceDecides) {
  const Json cheap =
      answers({"--size", "5035008", "--cost-per-hour", "onnxruntime-cpu=0.2,tensorrt-fp16=2.5"});
  EXPECT_EQ(first(cheap[0]), "onnxruntime-cpu");  // a 4.5th of the speed for a 12.5th of the price
  EXPECT_NEAR(cheap[0]["candidates"][0]["price_per_million_tokens"].get<double>(), 0.2 / 3600 / 2000 * 1e6,
              1e-4);
  EXPECT_THAT(cheap[0]["left_out"].dump(), HasSubstr("no price an hour was given"));
}

TEST_F(AnswerCommands, ExtrapolatesOnlyWhenAsked) {
  const auto far = run({"recommend", at("laptop"), "--size", "300M"});
  EXPECT_EQ(far.status.code, 2);
  EXPECT_THAT(far.errors, HasSubstr("--extrapolate"));
  const Json answer = answers({"--size", "300M", "--no-gpu", "--extrapolate"});
  EXPECT_EQ(answer[0]["candidates"][0]["basis"], "extrapolated");
  EXPECT_EQ(answers({"--size", "1B", "--extrapolate"}).size(), 1U);
}

TEST_F(AnswerCommands, AModelIsAskedForByName) {
  const Json answer = answers({"--model", "gpt2-5m", "--no-gpu", "--indifference", "1%"});
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0]["model"], "gpt2-5m");
  EXPECT_EQ(answer[0]["use"], "onnxruntime-cpu");
  EXPECT_EQ(answer[0]["candidates"][1]["verdict"], "slower");
  EXPECT_EQ(run({"recommend", at("laptop"), "--model", "gpt2-5"}).status.code, 2);
  EXPECT_EQ(run({"recommend", at("laptop"), "--indifference", "5x"}).status.code, 2);
  EXPECT_EQ(run({"recommend", at("laptop"), "--max-perplexity-change", "5x"}).status.code, 2);
  const auto unknown = run({"recommend", at("laptop"), "--max-perplexity-change", "2%"});
  EXPECT_EQ(unknown.status.code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("its perplexity on trained weights is not known"));
}

TEST_F(AnswerCommands, MachinesStayApart) {
  const auto result = run({"recommend", at("laptop"), at("server"), "--size", "5035008", "--no-gpu"});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_THAT(result.output,
              HasSubstr("use server/onnxruntime-cpu: 10.0 times the tok/s of laptop/onnxruntime-cpu"));
  const auto priced = run({"recommend", at("laptop"), at("server"), "--size", "5035008", "--cost-per-hour",
                           "server/onnxruntime-cpu=50,laptop/onnxruntime-cpu=1"});
  EXPECT_THAT(priced.output, HasSubstr("use laptop/onnxruntime-cpu"));
}

TEST_F(AnswerCommands, RecommendRefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> wrong{
      {"--size", "60MB"},
      {"--size", "-5"},
      {"--mode", "training"},
      {"--mode", "decode"},  // no rows
      {"--batch", "7"},
      {"--batch", "one"},
      {"--max-latency-ms", "x"},
      {"--cost-per-hour", "onnxruntime-cpu"},
      {"--cost-per-hour", "=1"},
      {"--cost-per-hour", "onnxruntime-cpu=cheap"},
      {"--cost-per-hour", "nobody=1"},
      {"--cost-per-hour", "onnxruntime-cpu=-1"},
      {"--cost-per-hour", "onnxruntime-cpu=1,onnxruntime-cpu=2"},
      {"--nonsense"}};
  for (const auto& options : wrong) {
    std::vector<std::string> all{"recommend", at("laptop")};
    all.insert(all.end(), options.begin(), options.end());
    const auto result = run(all);
    EXPECT_EQ(result.status.code, 2) << options.back() << ": " << result.output << result.errors;
    EXPECT_NE(result.errors, "") << options.back();
    EXPECT_EQ(result.output, "") << options.back();
  }
  EXPECT_EQ(run({"recommend"}).status.code, 2);
  EXPECT_EQ(run({"recommend", at("nothing-here")}).status.code, 2);
  EXPECT_EQ(run({"recommend", at("laptop"), at("laptop")}).status.code, 2);
}

TEST_F(AnswerCommands, CorruptRowsAreOneSentence) {
  ASSERT_TRUE(write_file_atomic(folder_ / "corrupt/raw/prefill.jsonl", "{\"mode\":\n{}\n"));
  for (const char* command : {"recommend", "analyze", "report"}) {
    const auto result = run({command, at("corrupt")});
    EXPECT_EQ(result.status.code, 1) << command;
    EXPECT_THAT(result.errors, AllOf(HasSubstr("prefill.jsonl"), HasSubstr("line 1"))) << command;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
}

TEST_F(AnswerCommands, AnalyzeWritesEveryFileAndSaysTheDecision) {
  const auto result = run({"analyze", at("laptop")});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(HasSubstr("prefill:\n"), HasSubstr("tensorrt-fp16"),
                                   HasSubstr(at("laptop/processed") + "\n")));
  for (const char* name : {"overall.json", "outcomes.json", "crossover.json", "scaling.json", "decision.json",
                           "roofline.json", "precision.json", "cost.json", "cost.csv", "decision.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "laptop/processed" / name)) << name;
  }
  const auto cost = read_json_file(folder_ / "laptop/processed/cost.json");
  ASSERT_TRUE(cost);
  EXPECT_TRUE((*cost)["costs"][0]["price_per_million_tokens"].is_null());
}

TEST_F(AnswerCommands, AnalyzeWithItsOptions) {
  const auto json = run({"analyze", at("laptop"), "--json"});
  const auto parsed = parse_json(json.output, "stdout");
  ASSERT_TRUE(parsed) << json.output << json.errors;
  EXPECT_EQ((*parsed)["baseline"], "onnxruntime-cpu");
  const auto other =
      run({"analyze", at("laptop"), "--baseline", "openvino-cpu", "--cost-per-hour", "openvino-cpu=3.6"});
  EXPECT_EQ(other.status.code, 0) << other.errors;
  EXPECT_EQ(read_json_file(folder_ / "laptop/processed/scaling.json").value()["baseline"], "openvino-cpu");
  const Json costs = read_json_file(folder_ / "laptop/processed/cost.json").value()["costs"];
  bool found = false;
  for (const Json& one : costs) {
    if (one["backend"] == "openvino-cpu" && one["model"] == "gpt2-5m") {
      EXPECT_NEAR(one["price_per_million_tokens"].get<double>(), 1, 1e-9);  // 0.001 a second, 1,000 tok/s
      found = true;
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(AnswerCommands, AnalyzeRefusesWhatMakesNoSense) {
  EXPECT_EQ(run({"analyze"}).status.code, 2);
  EXPECT_EQ(run({"analyze", at("nothing-here")}).status.code, 2);
  const auto baseline = run({"analyze", at("laptop"), "--baseline", "nobody"});
  EXPECT_EQ(baseline.status.code, 2);
  EXPECT_THAT(baseline.errors, HasSubstr("'nobody'"));
  EXPECT_EQ(run({"analyze", at("laptop"), "--cost-per-hour", "nobody=1"}).status.code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "laptop/processed"));
}

TEST_F(AnswerCommands, TheReportHasThePrices) {
  const auto result =
      run({"report", at("laptop"), "--no-plots", "--cost-per-hour", "onnxruntime-cpu=0.2,openvino-cpu=0.4"});
  ASSERT_EQ(result.status.code, 0) << result.errors;
  const std::string text = read_file(at("laptop/report.md")).value();
  EXPECT_THAT(text,
              AllOf(HasSubstr("## Cost"), HasSubstr("Price of a million tokens"), HasSubstr("**0.02778 ")));
  EXPECT_EQ(run({"report", at("laptop"), "--cost-per-hour", "nobody=1"}).status.code, 2);
  ASSERT_EQ(run({"report", at("laptop"), "--no-plots"}).status.code, 0);
  EXPECT_THAT(read_file(at("laptop/report.md")).value(), Not(HasSubstr("## Cost")));
}

}  // namespace
}  // namespace inferscale::cli
