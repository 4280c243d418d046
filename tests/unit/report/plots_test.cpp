#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "report/plot.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Row> crossing_rows() {
  const Scenario scenario{"single_micro", 1, 8};
  const std::vector<std::pair<std::int64_t, double>> sizes = {
      {1'000'000, 2.0}, {4'000'000, 1.4}, {16'000'000, 0.8}, {64'000'000, 0.5}};
  std::vector<Row> rows;
  for (const auto& [parameters, ratio] : sizes) {
    for (int r = 0; r < 3; ++r) {
      const std::string model = "m" + std::to_string(parameters);
      rows.push_back(test::make_row(model, parameters, "it's `alpha`", scenario, r, 1000 + r));
      rows.push_back(test::make_row(model, parameters, "beta", scenario, r, 1000 * ratio - r));
    }
  }
  return rows;
}

TEST(PlotScripts, HoldTheMeansAndTheirIntervals) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const std::string script = throughput_script(analysis, Mode::prefill);
  EXPECT_THAT(script, HasSubstr("set logscale x\n"));
  EXPECT_THAT(script, HasSubstr("set logscale y\n"));
  EXPECT_THAT(script, HasSubstr("\n1000000 1001 998."));
  EXPECT_THAT(script, HasSubstr("title 'it''s `alpha`'"));
  EXPECT_EQ(throughput_script(analysis, Mode::decode), "");
}

TEST(PlotScripts, RatioMarksTheCrossing) {
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const std::string script = ratio_script(analysis.crossovers.at(0));
  EXPECT_THAT(script, HasSubstr("plot 1 with lines"));
  EXPECT_THAT(script, HasSubstr("set object rectangle from first 4e+06"));
  EXPECT_THAT(script, HasSubstr("nohead"));
  EXPECT_EQ(ratio_script(Crossover{}), "");
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

TEST(Gnuplot, DrawsAnSvgThatFitsAPage) {
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    GTEST_SKIP() << "gnuplot is not installed";
  }
  const Analysis analysis = test::analyze_rows(crossing_rows());
  const auto svg =
      run_gnuplot(*gnuplot, throughput_script(analysis, Mode::prefill), "first", "what <it> shows");
  ASSERT_TRUE(svg) << svg.error().message;
  const std::string start = svg->substr(0, svg->find('>'));
  EXPECT_THAT(start, HasSubstr("viewBox="));
  EXPECT_THAT(start, Not(HasSubstr("width=")));
  EXPECT_THAT(*svg, HasSubstr("<title id=\"first-title\">what &lt;it&gt; shows</title>"));
  EXPECT_THAT(*svg, HasSubstr("`alpha`"));  // taken as text, not run as a command
  EXPECT_THAT(*svg, Not(HasSubstr("href='#gp")));
  EXPECT_FALSE(run_gnuplot(*gnuplot, "plot nonsense(", "bad", "bad"));
}

}  // namespace
}  // namespace inferscale::report
