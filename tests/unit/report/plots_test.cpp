#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "report/plot.hpp"
#include "report/plot_inks.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::report {

using namespace analysis;
using namespace protocol;

namespace {

using ::testing::ContainsRegex;
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

TEST(PlotScripts, ACrossingOutsideThePictureIsNotSaidToBeDrawn) {
  Crossover crossover = test::analyze_rows(crossing_rows()).crossovers.at(0);
  EXPECT_TRUE(drawn_crossing(crossover));
  crossover.fit->crossover = 100 * crossover.points.back().parameters;
  EXPECT_FALSE(drawn_crossing(crossover));
  EXPECT_THAT(ratio_script(crossover), testing::Not(HasSubstr("nohead")));
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

TEST(PlotScripts, SearchShowsSizesAndBrackets) {
  const Json search = {{"steps",
                        {{{"parameters", 100}, {"winner", "a"}, {"bracket", nullptr}},
                         {{"parameters", 900},
                          {"winner", "b"},
                          {"bracket", {{"low_parameters", 100}, {"high_parameters", 900}}}},
                         {{"parameters", 300},
                          {"winner", ""},
                          {"verdict", "alike"},
                          {"bracket", {{"low_parameters", 100}, {"high_parameters", 900}}}},
                         {{"parameters", 350}, {"winner", ""}, {"bracket", nullptr}},
                         {{"parameters", 400}, {"winner", nullptr}, {"bracket", nullptr}}}}};
  const std::string script = search_script(plotted_search(search));
  EXPECT_THAT(script, HasSubstr("2 100 100 900\n3 100 100 900\nEOD"));
  for (const char* series :
       {"'a is faster'", "'b is faster'", "'alike'", "'alike or undecided'", "'not measured'"}) {
    EXPECT_THAT(script, HasSubstr(series));
  }
  EXPECT_EQ(search_script(plotted_search(Json(nullptr))), "");
  EXPECT_EQ(search_script(plotted_search(Json{{"steps", {1, {{"parameters", -5}}}}})), "");
}

TEST(PlotInks, CanBeSeenOnLightAndDarkPages) {
  constexpr const char *kPaper = "#ffffff", *kDarkPaper = "#14171a";
  constexpr double kMarks = 3, kLetters = 4.5;  // WCAG's least
  std::string bracket_in_dark;
  for (const Colour& ink : plot_inks()) {
    bracket_in_dark = ink.name == "gp-bracket" ? ink.dark : bracket_in_dark;
  }
  for (const Colour& ink : plot_inks()) {
    const bool behind = ink.name == "gp-grid" || ink.name == "gp-bracket";  // what lies behind marks
    const bool letters = ink.name == "gp-ink" || ink.name == "gp-crossing";
    const double least = behind ? 1.1 : letters ? kLetters : kMarks;
    EXPECT_GE(contrast(ink.light, kPaper), least) << ink.name;
    EXPECT_GE(contrast(ink.dark, kDarkPaper), least) << ink.name;
    for (const auto& [bracket, on] :
         {std::pair{ink_for_script("gp-bracket"), ink.light}, std::pair{bracket_in_dark, ink.dark}}) {
      EXPECT_GE(contrast(on, bracket), behind ? 1 : letters ? kLetters : 2.5) << ink.name << " in a bracket";
    }
  }
}

TEST(PlotInks, AreNamedHoweverGnuplotSpellsThem) {
  EXPECT_EQ(with_named_inks(
                "<a stroke='rgb(  0, 114, 178)' fill=\"#0072B2\"/><b fill=\"rgb(160,64,0)\" color='black'/>"),
            "<a stroke='var(--gp-blue)' fill=\"var(--gp-blue)\"/><b fill=\"var(--gp-crossing)\" "
            "color='var(--gp-ink)'/>");
  EXPECT_THAT(ink_style(), HasSubstr("@media screen and (prefers-color-scheme:dark){.gp{--gp-ink:#e4e7ea;"));
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
  EXPECT_THAT(*svg, HasSubstr("<style>" + ink_style() + "</style>"));
  EXPECT_THAT(svg->substr(svg->find("</style>")), Not(ContainsRegex("rgb\\(|black|#[0-9A-Fa-f]{6}[\"']")));
  EXPECT_FALSE(run_gnuplot(*gnuplot, "plot nonsense(", "bad", "bad"));
  const std::vector<PlottedSearchStep> steps{{100, "alike", {}}, {900, "a is faster", Interval{100, 900}}};
  const auto drawn = run_gnuplot(*gnuplot, search_script(steps), "kind", "kind");
  ASSERT_TRUE(drawn) << drawn.error().message;
  EXPECT_THAT(drawn->substr(drawn->find("</style>")),
              Not(ContainsRegex("rgb\\(|black|#[0-9A-Fa-f]{6}[\"']")));
}

}  // namespace
}  // namespace inferscale::report
