#include "report/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<record::Row> rows_of() {
  std::vector<record::Row> rows;
  for (const auto& [backend, tok_s] : {std::pair<const char*, double>{"slow", 100}, {"fast", 1000}}) {
    for (const std::int64_t parameters : {1'000'000, 4'000'000}) {
      for (const Scenario& scenario : {Scenario{"short", 1, 8}, Scenario{"long", 1, 64}}) {
        auto row = test::make_row("m" + std::to_string(parameters), parameters, backend, scenario, 0, tok_s);
        row.memory_peak_mb = static_cast<double>(scenario.prompt_tokens);
        rows.push_back(row);
      }
    }
  }
  return rows;
}

std::vector<std::string> names_of(const std::vector<Need>& needs) {
  std::vector<std::string> names;
  for (const Need& need : needs) {
    names.push_back(need.name);
  }
  return names;
}

TEST(Needs, OnlyWhatTheStudyMeasured) {
  Source source;
  source.analysis = test::analyze_rows(rows_of());
  EXPECT_THAT(names_of(needs_of(source)), ElementsAre("host_memory"));
  EXPECT_THAT(needs_of(Source{}), SizeIs(0));
}

TEST(Needs, BackendsAreInRankOrderAndTheLargestModelCounts) {
  Source source;
  auto rows = rows_of();
  for (record::Row& row : rows) {
    row.gpu_memory_peak_mb = row.backend == "fast" ? static_cast<double>(row.parameters) / 1e6 : 0;
  }
  source.analysis = test::analyze_rows(rows);
  source.environment = Json{{"gpu", {{"name", "NVIDIA H200"}}}};
  source.kept_builds = {{"m4000000", "fast", Mode::prefill, {38.0, 5e8}},
                        {"m4000000", "slow", Mode::prefill, {0.0, 2e8}}};
  const auto needs = needs_of(source);
  ASSERT_THAT(names_of(needs), ElementsAre("host_memory", "gpu_memory", "size", "build"));
  ASSERT_THAT(needs[0].bars, SizeIs(2));
  EXPECT_EQ(needs[0].bars[0].backend, "fast");
  EXPECT_EQ(needs[0].bars[0].words, "64.00 MiB") << "the peak over the workloads";
  EXPECT_EQ(needs[1].title, "Peak of memory of NVIDIA H200");
  ASSERT_THAT(needs[1].bars, SizeIs(1));
  EXPECT_EQ(needs[1].bars[0].words, "4.000 MiB");
  EXPECT_EQ(needs[2].bars[0].words, "500 MB");
  EXPECT_EQ(needs[3].bars[0].words, "38.00 s");
  EXPECT_EQ(needs[3].bars[1].words, "none");
}

TEST(Needs, EnergyIsOfAWorkloadWhoseLoopsLastLongEnough) {
  Source source;
  auto rows = rows_of();
  for (record::Row& row : rows) {
    const bool lasts = row.scenario.name == "long" || row.backend == "slow";
    row.clocks = {{"throttled", false},
                  {"energy_mj_per_token", lasts ? Json(row.backend == "fast" ? 2.5 : 40) : Json()}};
  }
  source.analysis = test::analyze_rows(rows);
  const auto needs = needs_of(source);
  ASSERT_THAT(names_of(needs), ElementsAre("host_memory", "energy_prefill"));
  EXPECT_THAT(needs[1].title, HasSubstr("batch 1, 64 tokens"));
  ASSERT_THAT(needs[1].bars, SizeIs(2));
  EXPECT_EQ(needs[1].bars[0].words, "2.500 mJ");
}

TEST(Needs, DegradationOnlyWhereSomethingDegraded) {
  auto rows = rows_of();
  EXPECT_THAT(degradation_of(test::analyze_rows(rows)), SizeIs(0));
  rows[0] = test::make_failed(rows[0], Outcome::timeout, "too slow");
  const auto needs = degradation_of(test::analyze_rows(rows));
  ASSERT_THAT(needs, SizeIs(1));
  ASSERT_THAT(needs[0].bars, SizeIs(2));
  for (const Bar& bar : needs[0].bars) {
    EXPECT_EQ(bar.words, bar.backend == "slow" ? "25.0%" : "0.0%");
    EXPECT_TRUE(bar.ci95);
  }
  EXPECT_EQ(needs[0].full, 1) << "all of them, so that a small share looks small";
}

TEST(Bars, AreAsLongAsTheirValues) {
  const Analysis analysis = test::analyze_rows(rows_of());
  const std::string svg = bars_plot(analysis, {{"fast", 10, "10 s", {}}, {"slow", 5, "5 s", {}}}, 0, {}, "x");
  std::vector<double> widths;
  for (auto at = svg.find(" width=\"", svg.find("<rect")); at != std::string::npos;
       at = svg.find(" width=\"", at + 1)) {
    widths.push_back(std::stod(svg.substr(at + 8)));
  }
  ASSERT_THAT(widths, SizeIs(2));
  EXPECT_NEAR(widths[0], 2 * widths[1], 0.2);
}

}  // namespace
}  // namespace inferscale::report
