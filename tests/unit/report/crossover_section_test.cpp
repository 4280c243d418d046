// Which pairs the section on crossovers lists, and over what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::two_backends;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CrossoverSection, PairsThatNeverCrossTakeASentence) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0, 1.8, 1.6, 1.5}, 3));
  const std::string text = to_markdown(make_document(source, {}));
  EXPECT_THAT(text, HasSubstr("prefill: **beta** beats alpha."));
  EXPECT_THAT(text, Not(HasSubstr("Least squares")));
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  EXPECT_THAT(to_markdown(make_document(source, {})), HasSubstr("Least squares"));
}

TEST(CrossoverSection, SaysOverWhichScenariosWhereTheyAreFewerThanPlanned) {
  Source source;
  auto rows = two_backends({2.0, 1.4, 0.8, 0.5}, 3);
  const auto add = [&](const protocol::Scenario& scenario, bool fits_small_models) {
    for (record::Row row : two_backends({2.0, 1.4, 0.8, 0.5}, 3)) {
      row.scenario = scenario;
      const bool fits = fits_small_models || row.parameters > 4'000'000;
      rows.push_back(fits ? row : test::make_failed(row, Outcome::unsupported, "too long"));
    }
  };
  const auto section = [&] {
    source.analysis = analyze_rows(rows);
    return to_markdown({"", crossover_section(source, {})});
  };
  add({"short", 1, 16}, true);
  EXPECT_THAT(section(), Not(HasSubstr("Mean over scenarios"))) << "all of them";
  add({"long", 1, 2048}, false);
  EXPECT_THAT(section(), ContainsRegex("\\| Mean over scenarios +\\|"));
  EXPECT_THAT(section(), ContainsRegex("\\| alpha / beta +\\| all but long +\\|"));
  add({"longer", 1, 3072}, false);
  add({"longest", 1, 4096}, false);
  EXPECT_THAT(section(), ContainsRegex("\\| alpha / beta +\\| single_micro and short +\\|"));
}

}  // namespace
}  // namespace inferscale::report
