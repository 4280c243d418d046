#include "record/row_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "samples.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

using ::testing::HasSubstr;

class Store : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::vector<Repetition> order = schedule(test::small_plan());

  void write_rows(std::size_t first, std::size_t last) const {
    auto store = RowStore::open(folder.path());
    ASSERT_TRUE(store) << store.error().message;
    for (std::size_t i = first; i < last; ++i) {
      ASSERT_TRUE(store->append(test::ok_row(order[i])));
    }
  }
  void add_text(const std::string& text) const {
    std::ofstream(raw_file(folder.path(), Mode::prefill), std::ios::app) << text;
  }
};

TEST_F(Store, KeepsRowsByModeAndKnowsThemAgain) {
  write_rows(0, 20);
  const auto store = RowStore::open(folder.path());
  ASSERT_TRUE(store);
  EXPECT_EQ(store->rows().size(), 20U);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(store->has(order[i]), i < 20) << i;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "raw/prefill.jsonl"));
  EXPECT_TRUE(std::filesystem::exists(folder / "raw/generate.jsonl"));
}

TEST_F(Store, RefusesASecondRowForARepetition) {
  auto store = RowStore::open(folder.path());
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->append(test::ok_row(order[0])));
  const auto again = store->append(test::ok_row(order[0]));
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("second row"));
  EXPECT_EQ(read_rows(folder.path())->size(), 1U);
}

TEST_F(Store, DropsATornLastLineAndGoesOn) {
  write_rows(0, 6);
  const auto line =
      to_line(to_json(test::ok_row({"gpt2", "null", builtin_scenarios()[0], Mode::prefill, 0})));
  for (const std::size_t bytes : {std::size_t{1}, line.size() / 2, line.size()}) {
    add_text(line.substr(0, bytes));
    EXPECT_EQ(read_rows(folder.path())->size(), 6U);  // a reader leaves it out and leaves it there
    ::testing::internal::CaptureStderr();
    const auto store = RowStore::open(folder.path());
    const auto notice = ::testing::internal::GetCapturedStderr();
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(store->rows().size(), 6U);
    EXPECT_THAT(notice, HasSubstr("torn last line"));
    EXPECT_THAT(notice, HasSubstr("prefill.jsonl"));
  }
  write_rows(6, 12);
  EXPECT_EQ(read_rows(folder.path())->size(), 12U);
}

TEST_F(Store, ACorruptLineIsAnErrorThatNamesFileAndLineAndLosesNothing) {
  write_rows(0, 6);
  add_text("{\"schema_version\": 1, oops}\n");
  const auto bytes = std::filesystem::file_size(raw_file(folder.path(), Mode::prefill));
  const auto store = RowStore::open(folder.path());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, ::testing::ContainsRegex("prefill.jsonl line [0-9]+"));
  EXPECT_EQ(std::filesystem::file_size(raw_file(folder.path(), Mode::prefill)), bytes);
}

TEST_F(Store, ARowWrittenTwiceOrInTheWrongFileIsAnError) {
  const Repetition repetition{"gpt2", "null", builtin_scenarios()[0], Mode::generate, 0};
  std::filesystem::create_directories(folder / "raw");
  add_text(to_line(to_json(test::ok_row(repetition))) + "\n");
  const auto wrong_file = RowStore::open(folder.path());
  ASSERT_FALSE(wrong_file);
  EXPECT_THAT(wrong_file.error().message, HasSubstr("generate"));
  std::filesystem::rename(raw_file(folder.path(), Mode::prefill), raw_file(folder.path(), Mode::generate));
  ASSERT_TRUE(RowStore::open(folder.path()));
  std::ofstream(raw_file(folder.path(), Mode::generate), std::ios::app)
      << to_line(to_json(test::ok_row(repetition))) << "\n";
  const auto twice = RowStore::open(folder.path());
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("line 2"));
  EXPECT_THAT(twice.error().message, HasSubstr("second row"));
}

TEST_F(Store, IsHeldByOneStudyAtATime) {
  const auto first = RowStore::open(folder.path());
  ASSERT_TRUE(first);
  const auto second = RowStore::open(folder.path());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another study"));
}

/// As in a folder of another user, or on a disk that is read-only: nobody else is writing there.
TEST_F(Store, ALockThatCannotBeOpenedSaysWhy) {
  std::filesystem::create_directory(folder.path() / ".lock");
  const auto store = RowStore::open(folder.path());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("cannot open lock"));
  EXPECT_THAT(store.error().message, testing::Not(HasSubstr("another study")));
}

TEST_F(Store, ReadingAFolderWithoutRowsSaysSo) {
  const auto rows = read_rows(folder.path());
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, HasSubstr("holds no rows"));
}

}  // namespace
}  // namespace inferscale::record
