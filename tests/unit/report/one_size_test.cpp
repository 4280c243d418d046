// Several models of one size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::sentence;
using test::two_backends;
using ::testing::HasSubstr;
using ::testing::Not;

/// Adds a model of the first size on which beta is so many times as fast.
void add_model(std::vector<record::Row>& rows, const std::string& name, double ratio, int repetitions = 3) {
  for (record::Row row : two_backends({ratio}, repetitions)) {
    row.model = name;
    rows.push_back(row);
  }
}

TEST(AnswerSentence, ModelsOfOneSizeGoByName) {
  auto rows = two_backends({2.0}, 3);
  add_model(rows, "tuned", 0.5);
  EXPECT_EQ(sentence(rows), "Use beta for s1; alpha for tuned.");
  add_model(rows, "tuned2", 0.5);
  EXPECT_EQ(sentence(rows), "Use beta for s1; alpha for tuned and tuned2.");
  auto alike = two_backends({2.0}, 3);
  add_model(alike, "tuned", 3);
  EXPECT_EQ(sentence(alike), "Use beta for s1 and tuned.");
  auto single = two_backends({2.0}, 1);
  add_model(single, "tuned", 0.5, 1);
  EXPECT_THAT(sentence(single), HasSubstr("The highest mean is of beta for s1 and tuned."));
}

TEST(AnswerSentence, ParametersAreSaidOfNumbersAlone) {
  auto rows = two_backends({2.0, 0.5}, 3);
  add_model(rows, "tuned", 3);
  EXPECT_EQ(sentence(rows), "Use beta for s1 and tuned; alpha at 4.00 M parameters.");
  rows = two_backends({2.0, 3.0, 0.5, 0.5}, 3);
  add_model(rows, "tuned", 0.5);
  EXPECT_EQ(sentence(rows),
            "Use beta for s1; alpha for tuned; beta at 4.00 M parameters; alpha from 16.0 M to 64.0 M.");
}

TEST(AnswerSentence, OfManyChangesModelsAreCounted) {
  auto rows = two_backends({2.0}, 3);
  for (const auto& [name, ratio] :
       {std::pair{"t1", 0.5}, std::pair{"t2", 2.0}, std::pair{"t3", 0.5}, std::pair{"t4", 2.0}}) {
    add_model(rows, name, ratio);
  }
  EXPECT_EQ(sentence(rows),
            "Use beta at 3 of 5 models and alpha at 2 of 5 models: the table below has each.");
}

TEST(AnswerSection, ModelsOfOneSizeHaveNoLineBetween) {
  auto rows = two_backends({2.0}, 3);
  add_model(rows, "tuned", 0.5);
  Source source;
  source.analysis = analyze_rows(rows);
  EXPECT_THAT(to_markdown({"T", answer_section(source, {})}), Not(HasSubstr("on a line between")));
  EXPECT_TRUE(scaling_section(source).empty());
  source.analysis = analyze_rows(two_backends({2.0, 0.5}, 3));
  EXPECT_THAT(to_markdown({"T", answer_section(source, {})}), HasSubstr("on a line between measured sizes"));
  EXPECT_FALSE(scaling_section(source).empty());
}

}  // namespace
}  // namespace inferscale::report
