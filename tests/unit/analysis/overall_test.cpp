#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/study_index.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

using testing::ElementsAre;

/// Repetitions that are ok in some scenarios only are left out, wherever they lie between the others.
TEST(Overall, IsOfTheRepetitionsThatAreOkInEveryScenario) {
  const protocol::Scenario small{"small", 1, 10}, wide{"wide", 4, 10};
  std::vector<record::Row> rows;
  for (const int repetition : {5, 2}) {
    rows.push_back(test::make_row("m", 1000, "b", small, repetition, 100 + repetition));
  }
  for (const int repetition : {9, 5, 3, 2, 0}) {
    rows.push_back(test::make_row("m", 1000, "b", wide, repetition, 300 + repetition));
  }
  const Dataset dataset = test::build(rows);
  const StudyIndex index(dataset);
  const auto overall = index.overall(protocol::Mode::prefill, 0, 0, std::vector<int>{0, 1});
  EXPECT_THAT(overall.values, ElementsAre((102 + 302) / 2, (105 + 305) / 2));
  EXPECT_EQ(overall.left_out, 3);
  EXPECT_EQ(overall.mean, 203.5);
}

}  // namespace
}  // namespace inferscale::analysis
