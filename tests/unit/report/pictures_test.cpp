#include "report/pictures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/line_plot.hpp"
#include "report/size_plot.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

int count(const std::string& text, const std::string& what) {
  int times = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++times;
  }
  return times;
}

/// Two backends at 1 M and 4 M parameters, each with the scenarios given.
std::vector<record::Row> rows_of(const std::vector<Scenario>& scenarios) {
  std::vector<record::Row> rows;
  for (const std::int64_t parameters : {1'000'000, 4'000'000}) {
    for (const Scenario& scenario : scenarios) {
      for (int r = 0; r < 3; ++r) {
        const std::string model = "m" + std::to_string(parameters);
        rows.push_back(test::make_row(model, parameters, "alpha", scenario, r, 1000 + r));
        rows.push_back(test::make_row(model, parameters, "beta", scenario, r, 500 + r));
      }
    }
  }
  return rows;
}

TEST(Pictures, LatencyHasEveryRepetitionAndWorkload) {
  const Analysis analysis = test::analyze_rows(rows_of({{"single_micro", 1, 8}}));
  const auto colours = colours_of(analysis.backends, {});
  const std::string svg = latency_plot(analysis, Mode::prefill, "m1000000", colours, "what <it> shows");
  EXPECT_EQ(count(svg, "<circle"), 6);
  EXPECT_THAT(svg, HasSubstr("single_micro: batch 1, 8 tokens"));
  EXPECT_THAT(svg, HasSubstr("<g data-workload=\"single_micro\">"));
  EXPECT_THAT(svg, HasSubstr("99th percentile"));
  EXPECT_EQ(latency_plot(analysis, Mode::decode, "m1000000", colours, ""), "");
}

/// The page's script hides by class: nothing of a backend may lie outside its elements.
TEST(Pictures, EveryMarkLiesInItsBackendsGroup) {
  const Analysis analysis = test::analyze_rows(rows_of({{"short", 1, 8}, {"batch", 4, 8}}));
  const auto colours = colours_of(analysis.backends, {});
  const Decision& decision = analysis.decisions.at(0);
  for (const std::string& svg :
       {metric_plot(analysis, decision, colours, ""), slowdown_map(analysis, decision, colours, ""),
        latency_plot(analysis, Mode::prefill, "m1000000", colours, ""),
        tradeoff_plot(analysis, Mode::prefill, {"m4000000", 8}, colours, ""),
        bars_plot(analysis, {{"alpha", 2, "2 s", {}}, {"beta", 1, "1 s", {}}}, 0, colours, "")}) {
    std::string inside;
    for (auto at = svg.find("<g class=\"c-alpha\">"); at != std::string::npos;
         at = svg.find("<g class=\"c-alpha\">", at + 1)) {
      inside += svg.substr(at, svg.find("</g>", at) - at);
    }
    EXPECT_GT(count(inside, "alpha"), 1) << svg;
    EXPECT_EQ(count(svg.substr(svg.find("</style>")), ">alpha"), count(inside, ">alpha"));
  }
  EXPECT_THAT(decision_map(analysis, decision, colours, ""), HasSubstr("<g class=\"answer c-alpha\">"));
  EXPECT_THAT(decision_map(analysis, decision, colours, ""), HasSubstr("<g data-workload=\"batch\">"));
}

TEST(Pictures, OfOneSizeThereAreRowsAndOfSeveralLines) {
  const std::vector<SizeSeries> two{{"a", "c-a", {{1e6, 10, {}, "t"}, {2e6, 5, {}, "t"}}}};
  EXPECT_EQ(count(size_plot(two, {"speed"}, {}, ""), "<polyline"), 1);
  const std::vector<SizeSeries> one{{"slow", "c-a", {{1e6, 5, {}, "t"}}},
                                    {"fast", "c-b", {{1e6, 10, {}, "t"}}}};
  const std::string rows = size_plot(one, {"speed"}, {}, "");
  EXPECT_EQ(count(rows, "<polyline"), 0);
  EXPECT_LT(rows.find("fast"), rows.find("slow"));
  const std::string less = size_plot(one, {"price", false}, {}, "");
  EXPECT_GT(less.find("fast"), less.find("slow"));
  EXPECT_EQ(size_plot({}, {"speed"}, {}, ""), "");
}

TEST(Pictures, ModelsOfOneSizeHaveAColumnEach) {
  const std::vector<SizeSeries> series{
      {"a", "c-a", {{1e6, 10, {}, "t", "base"}, {1.001e6, 5, {}, "t", "tuned"}}},
      {"b", "c-b", {{1e6, 20, analysis::Interval{19, 21}, "t", "base"}}}};
  const std::string svg = size_plot(series, {"speed"}, {}, "");
  EXPECT_EQ(count(svg, "<polyline"), 0);
  EXPECT_EQ(count(svg, "<circle"), 3);
  EXPECT_EQ(count(svg, ">base</text>"), 1);
  EXPECT_LT(svg.find(">base</text>"), svg.find(">tuned</text>"));
  EXPECT_THAT(svg, HasSubstr("models of 1.00 M parameters"));
  EXPECT_THAT(svg, Not(HasSubstr("parameters, logarithmic")));
  const std::vector<SizeSeries> sizes{{"a", "c-a", {{1e6, 10, {}, "t", "s"}, {2e6, 5, {}, "t", "l"}}}};
  EXPECT_THAT(size_plot(sizes, {"speed"}, {}, ""), HasSubstr("parameters, logarithmic"));
}

TEST(Pictures, NamesAreSpreadApartAndStayInside) {
  EXPECT_THAT(spread_apart({50, 50, 10}, 15, 200), ElementsAre(50, 65, 10));
  EXPECT_THAT(spread_apart({100, 99}, 15, 100), ElementsAre(100, 85));
}

TEST(Pictures, PrecisionsOverTheirFp32) {
  auto rows = rows_of({{"short", 1, 8}});
  for (record::Row& row : rows) {
    row.backend = row.backend == "alpha" ? "onnxruntime-cpu-int8" : "onnxruntime-cpu";
    row.precision = row.backend == "onnxruntime-cpu" ? "fp32" : "int8";
  }
  const Analysis analysis = test::analyze_rows(rows);
  const auto colours = colours_of(analysis.backends, {});
  const auto comparisons = compare_precisions(analysis, {}, {}, {});
  const std::string svg = precision_plot(analysis, Mode::prefill, comparisons, colours, "");
  EXPECT_THAT(svg, HasSubstr("onnxruntime-cpu-int8, m1000000 (1.00 M): 2.00 ["));
  EXPECT_THAT(svg, Not(HasSubstr(">onnxruntime-cpu</text>")));  // it would be a line at 1
  EXPECT_THAT(svg, HasSubstr("class=\"roof\""));
  EXPECT_EQ(precision_plot(analysis, Mode::decode, comparisons, colours, ""), "");
}

TEST(Pictures, APriceOfNothingHasNoPlaceOnALogarithmicAxis) {
  const Analysis analysis = test::analyze_rows(rows_of({{"short", 1, 8}}));
  const auto colours = colours_of(analysis.backends, {});
  ServingCost cost;
  cost.backend = "beta";
  cost.model = "m4000000";
  cost.parameters = 4'000'000;
  EXPECT_EQ(cost_plot(analysis, Mode::prefill, {cost}, colours, ""), "");
  cost.price_per_million_tokens = 0;
  EXPECT_EQ(cost_plot(analysis, Mode::prefill, {cost}, colours, ""), "");
  cost.price_per_million_tokens = 0.5;
  cost.price_ci95 = Interval{0.4, 0.6};
  EXPECT_THAT(cost_plot(analysis, Mode::prefill, {cost}, colours, ""),
              HasSubstr("beta, m4000000 (4.00 M): 0.5"));
  EXPECT_EQ(cost_plot(analysis, Mode::generate, {cost}, colours, ""), "");
}

TEST(Tradeoff, OnlyOfWorkloadsThatDifferInTheBatchAlone) {
  const Analysis other_prompts = test::analyze_rows(rows_of({{"short", 1, 8}, {"batch", 4, 16}}));
  EXPECT_THAT(batch_families(other_prompts, Mode::prefill), SizeIs(0));
  const Analysis analysis = test::analyze_rows(rows_of({{"short", 1, 8}, {"batch", 4, 8}, {"long", 1, 32}}));
  const auto families = batch_families(analysis, Mode::prefill);
  ASSERT_THAT(families, SizeIs(1));
  EXPECT_EQ(families[0].model, "m4000000");
  EXPECT_EQ(families[0].prompt_tokens, 8);
  const std::string svg =
      tradeoff_plot(analysis, Mode::prefill, families[0], colours_of(analysis.backends, {}), "");
  EXPECT_EQ(count(svg, "<circle"), 4);
  EXPECT_EQ(count(svg, "<polyline"), 2);
  EXPECT_EQ(count(svg, ">batch 4</text>"), 1);
  EXPECT_THAT(svg, ContainsRegex("alpha, batch 4: .* ms, .* tok/s"));
}

}  // namespace
}  // namespace inferscale::report
