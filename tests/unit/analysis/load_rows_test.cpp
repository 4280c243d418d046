#include <gtest/gtest.h>

#include "analysis/dataset.hpp"
#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {

using namespace protocol;
using namespace record;

namespace {

Row example(Outcome outcome) {
  const Row row = test::make_row("gpt2-5m", 5035008, "onnxruntime-cpu", {"single_short", 1, 11}, 3, 1234.5);
  return outcome == Outcome::ok ? row : test::make_failed(row, outcome, "it broke");
}

class LoadRows : public testing::Test {
 protected:
  Result<Dataset> load(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder / "prefill.jsonl", text));
    DatasetBuilder builder;
    TRY(load_rows(folder / "prefill.jsonl", "raw/prefill.jsonl", builder));
    return builder.finish();
  }
  static std::string line(int repetition, const std::string& error = "it broke") {
    Row row = example(repetition % 2 == 0 ? Outcome::ok : Outcome::crash);
    row.repetition = repetition;
    row.error = row.outcome == Outcome::ok ? "" : error;
    return to_line(to_json(row));
  }
  test::TemporaryFolder folder;
};

TEST_F(LoadRows, ReadsQuickAndSlowLinesAlike) {
  const auto dataset =
      load(line(0) + "\n\n" + line(1, "a \"quoted\" word") + "\r\n" + line(2));  // no newline at the end
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 3);
  ASSERT_EQ(dataset->cells.size(), 1U);
  EXPECT_EQ(dataset->cells[0].repetitions.size(), 3U);
  EXPECT_EQ(dataset->cells[0].first_error, "a \"quoted\" word");
  EXPECT_TRUE(dataset->notices.empty());
}

TEST_F(LoadRows, ATornLastLineIsANotice) {
  const auto dataset = load(line(0) + "\n" + line(1).substr(0, 100));
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 1);
  ASSERT_EQ(dataset->notices.size(), 1U);
  EXPECT_NE(dataset->notices[0].find("raw/prefill.jsonl line 2"), std::string::npos) << dataset->notices[0];
}

TEST_F(LoadRows, ACorruptLineNamesFileAndLine) {
  const auto torn_inside = load(line(0) + "\n" + line(1).substr(0, 100) + "\n" + line(2) + "\n");
  ASSERT_FALSE(torn_inside);
  EXPECT_NE(torn_inside.error().message.find("raw/prefill.jsonl line 2"), std::string::npos);
  const auto no_row = load(line(0) + "\n" + line(1) + "\n{\"schema_version\":1}\n");
  ASSERT_FALSE(no_row);
  EXPECT_NE(no_row.error().message.find("raw/prefill.jsonl line 3"), std::string::npos);
  const auto unterminated = load(line(0) + "\n{\"schema_version\":1}");  // complete JSON is not torn
  EXPECT_FALSE(unterminated);
}

TEST_F(LoadRows, LinesLongerThanAChunkAreRead) {
  const auto dataset = load(line(0) + "\n" + line(1, std::string(3 << 20, 'x')) + "\n" + line(2) + "\n");
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_EQ(dataset->rows, 3);
  const auto too_long = load(line(0) + "\n" + std::string(17 << 20, ' ') + "\n");
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().message.find("line 2: longer than"), std::string::npos)
      << too_long.error().message;
}

TEST_F(LoadRows, ARepetitionThatIsThereTwiceIsAnError) {
  const auto dataset = load(line(0) + "\n" + line(1) + "\n" + line(0) + "\n");
  ASSERT_FALSE(dataset);
  EXPECT_NE(dataset.error().message.find("repetition 0 of model 'gpt2-5m'"), std::string::npos)
      << dataset.error().message;
}

TEST_F(LoadRows, OneNameForTwoThingsIsAnError) {
  Row row = example(Outcome::ok);
  row.parameters = 7;
  const auto models = load(line(0) + "\n" + to_line(to_json(row)) + "\n");
  ASSERT_FALSE(models);
  EXPECT_NE(models.error().message.find("line 2: model 'gpt2-5m' has 7 parameters here and 5035008"),
            std::string::npos)
      << models.error().message;
  row.parameters = 5035008;
  row.scenario.batch = 4;
  const auto scenarios = load(line(0) + "\n" + to_line(to_json(row)) + "\n");
  ASSERT_FALSE(scenarios);
  EXPECT_NE(scenarios.error().message.find("scenario 'single_short' is 4 x 11"), std::string::npos)
      << scenarios.error().message;
}

}  // namespace
}  // namespace inferscale::analysis
