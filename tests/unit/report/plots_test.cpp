#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "report/plot.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<record::Row> crossing_rows() {
  const Scenario scenario{"single_micro", 1, 8};
  const std::vector<std::pair<std::int64_t, double>> sizes = {
      {1'000'000, 2.0}, {4'000'000, 1.4}, {16'000'000, 0.8}, {64'000'000, 0.5}};
  std::vector<record::Row> rows;
  for (const auto& [parameters, ratio] : sizes) {
    for (int r = 0; r < 3; ++r) {
      const std::string model = "m" + std::to_string(parameters);
      rows.push_back(test::make_row(model, parameters, "it's `alpha`", scenario, r, 1000 + r));
      rows.push_back(test::make_row(model, parameters, "beta", scenario, r, 1000 * ratio - r));
    }
  }
  return rows;
}

TEST(PlotScripts, RatioMarksTheCrossing) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const std::string script = ratio_script(analysis.crossovers.at(0));
  EXPECT_THAT(script, HasSubstr("plot 1 with lines"));
  EXPECT_THAT(script, HasSubstr("set object rectangle from first 4e+06"));
  EXPECT_THAT(script, HasSubstr("nohead"));
  EXPECT_EQ(ratio_script(Crossover{}), "");
}

TEST(PlotScripts, TheCrossingsLabelStaysInside) {
  Crossover crossover = test::analyze_rows(crossing_rows()).crossovers.at(0);
  ASSERT_TRUE(crossover.fit && crossover.fit->crossover);
  const double last = crossover.points.back().parameters;
  crossover.fit->crossover = last;
  EXPECT_THAT(ratio_script(crossover), HasSubstr("right offset -0.8,0"));
  crossover.fit->crossover = crossover.points.front().parameters;
  EXPECT_THAT(ratio_script(crossover), HasSubstr("left offset 0.8,0"));
}

TEST(PlotScripts, AKeyOfManyRowsMakesThePlotHigher) {
  const std::string few = "set title 'gpt2'\nplot $d0 title 'a', $d1 title 'b', 1 notitle\n";
  EXPECT_THAT(plot_terminal(few), HasSubstr("size 460,360 "));
  EXPECT_THAT(plot_terminal(few + "replot $d2 title 'c', $d3 title 'd', $d4 title 'e'\n"),
              HasSubstr("size 460,396 "));
}

TEST(PlotScripts, TicsReadAsPeopleWrite) {
  EXPECT_EQ(log_tics(9e5, 4e6, true),
            "('' 900000 1, '1 M' 1e+06 0, '2 M' 2e+06 0, '3 M' 3e+06 0, '4 M' 4e+06 0)");
  const std::string hundred = log_tics(9e4, 2e7, true);
  EXPECT_THAT(hundred,
              HasSubstr("'100 k' 100000 0, '200 k' 200000 0, '' 300000 1, '' 400000 1, '500 k' 500000 0"));
  const std::string long_axis = log_tics(900, 2e7, false);
  EXPECT_THAT(long_axis, HasSubstr("'1,000' 1000 0, '' 2000 1"));
  EXPECT_THAT(long_axis, HasSubstr("'10,000,000' 1e+07 0"));
}

TEST(PlotScripts, DegradationOnlyWhereSomethingDegraded) {
  auto rows = crossing_rows();
  EXPECT_EQ(degradation_script(test::analyze_rows(rows)), "");
  for (record::Row& row : rows) {
    if (row.backend == "beta" && row.repetition == 0) {
      row = test::make_failed(row, Outcome::timeout, "too slow");
    }
  }
  const std::string script = degradation_script(test::analyze_rows(rows));
  EXPECT_THAT(script, HasSubstr("set xtics rotate by 35 right ('beta' 0, 'it''s `alpha`' 1)"));
  EXPECT_THAT(script, HasSubstr("1 0 0 24.2"));          // 0 of 12, Wilson
  EXPECT_THAT(script, HasSubstr("0 33.33333333 13.8"));  // 4 of 12
  EXPECT_THAT(script, HasSubstr("with yerrorbars ls 1 title 'prefill'"));
}

TEST(PlotScripts, PrecisionsOverTheirFp32) {
  auto rows = crossing_rows();
  for (record::Row& row : rows) {
    row.backend = row.backend == "beta" ? "onnxruntime-cpu-int8" : "onnxruntime-cpu";
    row.precision = row.backend == "onnxruntime-cpu" ? "fp32" : "int8";
  }
  const Analysis analysis = test::analyze_rows(rows);
  const auto comparisons = compare_precisions(analysis, {}, {}, {});
  const std::string script = precision_script(analysis, Mode::prefill, comparisons);
  EXPECT_THAT(script, HasSubstr("\n1000000 1.99"));
  EXPECT_THAT(script, HasSubstr("title 'onnxruntime-cpu-int8'"));
  EXPECT_THAT(script, Not(HasSubstr("title 'onnxruntime-cpu'")));  // it would be a line at 1
  EXPECT_EQ(precision_script(analysis, Mode::decode, comparisons), "");
  EXPECT_EQ(precision_script(analysis, Mode::prefill, {}), "");
}

TEST(PlotScripts, RooflineShareAsMedianAndRange) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  std::vector<RooflineShare> shares;
  for (const double share : {0.5, 0.1, 0.2}) {
    shares.push_back({"m4000000", "it's `alpha`", "x", Mode::prefill, 1, share, share, false});
  }
  const std::string script = roofline_script(analysis, Mode::prefill, shares);
  EXPECT_THAT(script, HasSubstr("\n4000000 20 10 50\n"));
  EXPECT_THAT(script, HasSubstr("ls 2 title 'it''s `alpha`'"));  // the backend's colour in every plot
  EXPECT_EQ(roofline_script(analysis, Mode::prefill, {}), "");
}

TEST(PlotScripts, SearchShowsSizesAndBrackets) {
  const Json search = {{"steps",
                        {{{"parameters", 100}, {"winner", "a"}, {"bracket", nullptr}},
                         {{"parameters", 900},
                          {"winner", "b"},
                          {"bracket", {{"low_parameters", 100}, {"high_parameters", 900}}}},
                         {{"parameters", 300},
                          {"winner", ""},
                          {"bracket", {{"low_parameters", 100}, {"high_parameters", 900}}}},
                         {{"parameters", 400}, {"winner", nullptr}, {"bracket", nullptr}}}}};
  const std::string script = search_script(plotted_search(search));
  EXPECT_THAT(script, HasSubstr("2 100 100 900\n3 100 100 900\nEOD"));
  for (const char* series : {"'a is faster'", "'b is faster'", "'tie'", "'not measured'"}) {
    EXPECT_THAT(script, HasSubstr(series));
  }
  EXPECT_EQ(search_script(plotted_search(Json(nullptr))), "");
  EXPECT_EQ(search_script(plotted_search(Json{{"steps", {1, {{"parameters", -5}}}}})), "");
}

TEST(Gnuplot, DrawsAnSvgThatFitsAPage) {
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    GTEST_SKIP() << "gnuplot is not installed";
  }
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const auto svg = run_gnuplot(*gnuplot, ratio_script(analysis.crossovers.at(0)), "first", "what <it> shows");
  ASSERT_TRUE(svg) << svg.error().message;
  const std::string start = svg->substr(0, svg->find('>'));
  EXPECT_THAT(start, HasSubstr("viewBox="));
  EXPECT_THAT(start, Not(HasSubstr("width=")));
  EXPECT_THAT(*svg, HasSubstr("<title id=\"first-title\">what &lt;it&gt; shows</title>"));
  EXPECT_THAT(*svg, HasSubstr("`alpha`"));  // taken as text, not run as a command
  EXPECT_THAT(*svg, Not(HasSubstr("href='#gp")));
  EXPECT_FALSE(run_gnuplot(*gnuplot, "plot nonsense(", "bad", "bad"));
  // Every other kind of plot is a script that gnuplot takes.
  auto rows = crossing_rows();
  rows[0] = test::make_failed(rows[0], Outcome::crash, "signal 11");
  const std::vector<PlottedSearchStep> steps{{100, "tie", {}}, {900, "a is faster", Interval{100, 900}}};
  const std::vector<RooflineShare> shares{{"m4000000", "beta", "x", Mode::prefill, 1, 1, 0.5, false}};
  ServingCost cost;
  cost.backend = "beta";
  cost.parameters = 4'000'000;
  EXPECT_EQ(cost_script(analysis, Mode::prefill, {cost}), "");  // no price
  cost.price_per_million_tokens = 0.5;
  cost.price_ci95 = Interval{0.4, 0.6};
  EXPECT_THAT(cost_script(analysis, Mode::prefill, {cost}), HasSubstr("4000000 0.5 0.4 0.6"));
  EXPECT_EQ(cost_script(analysis, Mode::generate, {cost}), "");
  ServingCost free = cost;
  free.price_per_million_tokens = 0;
  free.price_ci95 = Interval{0, 0};
  EXPECT_EQ(cost_script(analysis, Mode::prefill, {free}), "") << "a log axis has no place for 0";
  EXPECT_EQ(cost_script(analysis, Mode::prefill, {free, cost}), cost_script(analysis, Mode::prefill, {cost}));
  for (const std::string& script :
       {degradation_script(test::analyze_rows(rows)), search_script(steps),
        cost_script(analysis, Mode::prefill, {cost}), roofline_script(analysis, Mode::prefill, shares)}) {
    EXPECT_NE(script, "");
    const auto drawn = run_gnuplot(*gnuplot, script, "kind", "kind");
    EXPECT_TRUE(drawn) << drawn.error().message;
  }
}

TEST(Plots, LatencyHasEveryRepetitionAndWorkload) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const auto colours = colours_of(analysis.backends, {});
  const std::string svg = latency_plot(analysis, Mode::prefill, "m1000000", colours, "what <it> shows");
  std::size_t dots = 0;
  for (auto at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) {
    ++dots;
  }
  EXPECT_EQ(dots, 6U);
  EXPECT_THAT(svg, HasSubstr("single_micro: batch 1, 8 tokens"));
  EXPECT_THAT(svg, HasSubstr("99th percentile"));
  EXPECT_EQ(latency_plot(analysis, Mode::decode, "m1000000", colours, ""), "");
}

TEST(Plots, BackendsKeepTheirColoursAndDarkScreensHaveTheirOwn) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const auto colours = colours_of(analysis.backends, {});
  EXPECT_THAT(series_styles(colours), HasSubstr("style line 2 lc rgb '" + colours[1].light + "'"));
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    GTEST_SKIP() << "gnuplot is not installed";
  }
  const auto drawn = run_gnuplot(*gnuplot, ratio_script(analysis.crossovers.at(0)), "x", "x", colours);
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_THAT(*drawn, HasSubstr("var(--" + colours[0].name + ", " + colours[0].light + ")"));
  EXPECT_THAT(*drawn, HasSubstr("var(--paper, white)"));
}

TEST(Plots, APercentSignInATicIsNoFormat) {
  EXPECT_EQ(gnuplot_tic("50%load's"), "'50%%load''s'");
  EXPECT_EQ(gnuplot_string("50%load"), "'50%load'");
  const auto row = test::make_row("m", 1'000'000, "50%load %n%s", {"single_micro", 1, 8}, 0, 1000);
  const std::string script =
      degradation_script(test::analyze_rows({test::make_failed(row, Outcome::crash, "signal 11")}));
  EXPECT_THAT(script, HasSubstr("'50%%load %%n%%s'"));
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    GTEST_SKIP() << "gnuplot is not installed";
  }
  const auto drawn = run_gnuplot(*gnuplot, script, "tic", "tic");
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_THAT(*drawn, HasSubstr("50%load %n%s"));
}

}  // namespace
}  // namespace inferscale::report
