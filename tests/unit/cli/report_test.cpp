#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/process.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"
#include "unit/cli/results_files.hpp"

namespace inferscale::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write("laptop", 1000, "Small Processor", 2);
    write("server", 3000, "Large Processor", 64);
  }
  void write(const char* name, double tok_s, const char* processor, int cores) {
    std::vector<record::Row> rows;
    for (const char* backend : {"onnxruntime-cpu", "openvino-cpu"}) {
      for (int r = 0; r < 3; ++r) {
        rows.push_back(test::make_row("gpt2-5m", 5'035'008, backend, protocol::builtin_scenarios()[0], r,
                                      tok_s * (backend[1] == 'n' ? 1 : 0.5) * (1 + 0.01 * (r - 1))));
      }
    }
    test::write_results(folder_ / name, rows,
                        {{"processor", processor}, {"physical_cores", cores}, {"threads", cores}});
  }
  std::string at(const char* name) const { return (folder_ / name).string(); }
  RunResult run(std::vector<std::string> arguments, const std::string& working_folder = {}) const {
    std::vector<std::string> all{INFERSCALE_BIN_DIR "/inferscale", "report"};
    if (std::find(arguments.begin(), arguments.end(), "--with-plots") == arguments.end()) {
      all.emplace_back("--no-plots");
    }
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto result = run_process({std::move(all), {}, working_folder}, {}, std::chrono::seconds(120));
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }
  test::TemporaryFolder folder_;
};

TEST_F(ReportCommand, OneFolderHoldsItsOwnReport) {
  const auto result = run({at("laptop")});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_EQ(result.output, at("laptop/report.html") + "\n" + at("laptop/report.md") + "\n");
  const auto elsewhere = run({at("laptop"), "--out", at("elsewhere"), "--json"});
  const auto json = parse_json(elsewhere.output, "stdout");
  ASSERT_TRUE(json) << elsewhere.output << elsewhere.errors;
  EXPECT_EQ((*json)["html"], at("elsewhere/report.html"));
  EXPECT_EQ(read_file(at("elsewhere/report.md")).value(), read_file(at("laptop/report.md")).value());
}

TEST_F(ReportCommand, APriceOfZeroIsInTheReportAndInNoPlot) {
  for (const char* prices :
       {"openvino-cpu=0", "openvino-cpu=0,onnxruntime-cpu=0", "openvino-cpu=0,onnxruntime-cpu=1"}) {
    const auto result = run({at("laptop"), "--with-plots", "--cost-per-hour", prices});
    ASSERT_EQ(result.status.code, 0) << result.errors;
    EXPECT_THAT(read_file(at("laptop/report.md")).value(), HasSubstr("Price of a million tokens")) << prices;
  }
}

TEST_F(ReportCommand, SeveralMachinesMakeOneReportBesideThem) {
  const auto result = run({at("laptop"), at("server")});
  ASSERT_EQ(result.status.code, 0) << result.errors;
  const std::string out = at("report-laptop-server");
  EXPECT_EQ(result.output, out + "/report.html\n" + out + "/report.md\n");
  EXPECT_FALSE(std::filesystem::exists(at("laptop/report.md")));  // the first one's own report is left alone
  const std::string text = read_file(out + "/report.md").value();
  const auto first = text.find("On laptop (2 cores of Small Processor):");
  const auto second = text.find("On server (64 cores of Large Processor):");
  const auto table = text.find("server / laptop");
  const auto facts = text.find("## Machine facts side by side");
  const auto own = text.find("## Machine 1: laptop");
  ASSERT_NE(own, std::string::npos) << text;
  EXPECT_LT(first, second);
  EXPECT_LT(second, table);
  EXPECT_LT(table, facts);
  EXPECT_LT(facts, own);
  EXPECT_THAT(text, HasSubstr("**3.00 \\[2.9"));
  EXPECT_THAT(text, AllOf(HasSubstr("### Decision by size"), HasSubstr("## Machine 2: server"),
                          Not(HasSubstr("\n## Decision by size"))));
  const std::string page = read_file(out + "/report.html").value();
  EXPECT_THAT(page, AllOf(HasSubstr("id=\"machine-1-laptop\""), HasSubstr("id=\"machine-2-server\"")));
  const auto json = read_json_file(out + "/machines.json");
  ASSERT_TRUE(json);
  EXPECT_NEAR((*json)["overall"][0]["machines"][1]["ratio_to_first"]["ratio"].get<double>(), 3, 1e-9);
}

TEST_F(ReportCommand, TheFolderIsNamedAfterAllWhateverTheSlashes) {
  const auto result = run({at("laptop/"), at("server/."), "--out", at("both/deep")});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_TRUE(std::filesystem::exists(at("both/deep/report.html")));
  EXPECT_EQ(run({at("laptop/"), at("server/")}).output.find(at("report-laptop-server/report.html")), 0U);
}

TEST_F(ReportCommand, FromWithinTheFolderItHasTheFolderSName) {
  ASSERT_TRUE(
      write_file_atomic(at("laptop/plan.json"), R"({"schema_version": 1, "name": "quick", "label": "quick",
    "models": ["gpt2-5m"], "backends": ["onnxruntime-cpu", "openvino-cpu"], "scenarios": ["single_micro"]})"));
  ASSERT_EQ(run({at("laptop")}).status.code, 0);
  const std::string text = read_file(at("laptop/report.md")).value();
  EXPECT_THAT(text,
              AllOf(HasSubstr("model size: laptop\n"), HasSubstr("`inferscale report results/laptop`")));
  std::filesystem::create_directories(at("laptop/plots"));
  for (const auto& [folder, from] :
       {std::pair(".", "laptop"), {"./", "laptop"}, {"..", "laptop/plots"}, {"../laptop/", "laptop"}}) {
    ASSERT_EQ(run({folder}, at(from)).status.code, 0);
    EXPECT_EQ(read_file(at("laptop/report.md")).value(), text) << folder;
  }
  const std::string out = at("both");
  ASSERT_EQ(run({".", "../server", "--out", out}, at("laptop")).status.code, 0);
  EXPECT_THAT(read_file(out + "/report.md").value(), HasSubstr("## Machine 1: laptop"));
}

TEST_F(ReportCommand, SaysWhichOptionsProcessedWasNotMadeWith) {
  const std::string own = "processed/*.json`: every figure of this report";
  const auto text = [&](std::vector<std::string> options) {
    options.insert(options.begin(), at("laptop"));
    EXPECT_EQ(run(options).status.code, 0);
    return read_file(at("laptop/report.md")).value();
  };
  const auto analyze = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {INFERSCALE_BIN_DIR "/inferscale", "analyze", at("laptop")});
    const auto done = run_process({std::move(options), {}, {}}, {}, std::chrono::seconds(120));
    ASSERT_TRUE(done && done->status.code == 0);
  };
  EXPECT_THAT(text({"--metric", "latency_ms"}), HasSubstr(own));  // there is none yet
  analyze({});
  EXPECT_THAT(text({}), HasSubstr(own));
  EXPECT_THAT(text({"--indifference", "5%"}), HasSubstr(own));  // the default
  EXPECT_THAT(text({"--metric", "latency_ms"}),
              HasSubstr("made with other options (metric) than this report"));
  EXPECT_THAT(text({"--indifference", "60%", "--cost-per-hour", "openvino-cpu=2"}),
              HasSubstr("made with other options (indifference and prices) than this report"));
  analyze({"--metric", "latency_ms", "--cost-per-hour", "openvino-cpu=2"});
  EXPECT_THAT(text({"--metric", "latency_ms", "--cost-per-hour", "openvino-cpu=2"}), HasSubstr(own));
  EXPECT_THAT(text({}), HasSubstr("made with other options (metric and prices) than this report"));
}

TEST_F(ReportCommand, PlotsOfTwoMachinesDoNotMeet) {
  if (!find_program("gnuplot")) {
    GTEST_SKIP() << "gnuplot is not installed";
  }
  ASSERT_EQ(run({at("laptop"), at("server"), "--with-plots"}).status.code, 0);
  for (const char* name : {"machine-1-throughput-prefill", "machine-2-throughput-prefill"}) {
    EXPECT_TRUE(std::filesystem::exists(at("report-laptop-server/plots") + "/" + name + ".svg")) << name;
  }
}

TEST_F(ReportCommand, WrongUsage) {
  EXPECT_EQ(run({}).status.code, 2);
  const auto twice = run({at("laptop"), at("laptop/")});
  EXPECT_EQ(twice.status.code, 2);
  EXPECT_THAT(twice.errors, HasSubstr("is given twice"));
  const auto missing = run({at("laptop"), at("nothing-here")});
  EXPECT_EQ(missing.status.code, 2);
  EXPECT_THAT(missing.errors, HasSubstr("nothing-here' is not a folder"));
  EXPECT_FALSE(std::filesystem::exists(at("report-laptop-nothing-here")));
  std::filesystem::create_directories(at("empty"));
  EXPECT_EQ(run({at("laptop"), at("empty")}).status.code, 1);
  EXPECT_EQ(run({at("laptop"), "--out", at("laptop/environment.json")}).status.code, 1);
}

}  // namespace
}  // namespace inferscale::cli
