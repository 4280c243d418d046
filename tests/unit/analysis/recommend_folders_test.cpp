// What a recommendation says of folders and models that do not fit together, or have no answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/analysis/recommend_rows.hpp"

namespace inferscale::analysis {

using namespace record;
using testing::AllOf;
using testing::HasSubstr;

namespace {

TEST(Recommend, RefusesDifferentModelsOfOneName) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    row.parameters = row.model == "small" ? kSmall + 1 : row.parameters;
  }
  const std::vector<StudyResults> machines{machine(crossing_rows(), "a"), machine(rows, "b")};
  RecommendOptions by_name;
  by_name.model = "small";
  for (const auto& options : {by_name, at(kSmall), RecommendOptions{}}) {
    const auto answers = recommend(machines, options);
    ASSERT_FALSE(answers);
    EXPECT_TRUE(answers.error().usage);
    EXPECT_THAT(answers.error().message,
                HasSubstr("'small' has 10000000 parameters in 'a' and 10000001 in 'b'"));
  }
  EXPECT_TRUE(recommend(machines, at(kLarge)));
  by_name.model = "large";
  EXPECT_TRUE(recommend(machines, by_name));
}

TEST(Recommend, SaysWhichFolderWasAskedForOtherWork) {
  std::vector<StudyResults> machines{machine(crossing_rows(), "a"), machine(crossing_rows(), "b")};
  for (StudyResults& each : machines) {
    each.environment = Json{{"processor", "one"}};
    each.plan.emplace();
  }
  EXPECT_TRUE(other_work_notices(machines).empty());
  machines[0].plan->logits = protocol::LogitsScope::last;
  machines[1].plan->logits = protocol::LogitsScope::all;
  const auto notices = other_work_notices(machines);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0], AllOf(HasSubstr("b was asked for other work"),
                                HasSubstr("plan.logits is all there, and last on a")));
}

TEST(Recommend, ReasonsAreOfTheModelAskedFor) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    const bool ended = row.model == "large" || (row.backend == "x-cpu" && row.scenario.batch == 4);
    if (ended) {
      row = make_failed(row, Outcome::crash, row.model + " ended");
    }
  }
  const auto study = machine(rows);
  RecommendOptions options;
  options.model = "large";
  EXPECT_EQ(one({study}, options).left_out.at(0).reason, "no size with every scenario ok: large ended");
  options.metric = &metric_called("time_to_first_token_ms");
  for (const LeftOut& left_out : one({study}, options).left_out) {
    EXPECT_EQ(left_out.reason, "prefill has no time to the first token") << left_out.backend;
  }
}

TEST(Recommend, NamesTheModelsThatHaveNoAnswer) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    row = row.model == "large" ? make_failed(row, Outcome::crash, "signal 11") : row;
  }
  const auto study = machine(rows);
  for (const auto& options : {RecommendOptions{}, at(kLarge)}) {
    const auto answer = one({study}, options);
    ASSERT_EQ(answer.unanswered.size(), 1U);
    EXPECT_EQ(answer.unanswered[0].model, "large");
    EXPECT_EQ(answer.unanswered[0].reason, "no backend has every scenario ok there");
    EXPECT_EQ(fields_json(answer)["unanswered"][0]["model"], "large");
  }
  EXPECT_EQ(one({study}, at(kLarge)).left_out.at(0).reason, "not every scenario is ok there: signal 11");
  EXPECT_TRUE(one({study}, at(kSmall)).unanswered.empty());
  RecommendOptions by_name;
  by_name.model = "large";
  EXPECT_TRUE(one({study}, by_name).unanswered.empty());
}

TEST(Recommend, NamesTheModelsOfWhichEachGoodBackendIsLeftOut) {
  auto rows = crossing_rows();
  for (Row& row : rows) {
    const bool ended = row.model == "large" && row.backend == "x-cpu";
    row = ended ? make_failed(row, Outcome::crash, "signal 11") : row;
  }
  RecommendOptions options;
  options.no_gpu = true;
  const auto answer = one({machine(rows)}, options);
  ASSERT_EQ(answer.unanswered.size(), 1U);
  EXPECT_EQ(answer.unanswered[0].reason, "each backend that has every scenario ok there is left out");
}

}  // namespace
}  // namespace inferscale::analysis
