#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "record/row_store.hpp"
#include "samples.hpp"
#include "support/mutator.hpp"
#include "support/temporary_folder.hpp"

// Mutated plans and rows, the same ones in every run: whatever the bytes, an answer or an error that names
// the file, never a crash. Run under AddressSanitizer too (preset asan).
namespace inferscale::record {
namespace {

TEST(Fuzz, PlansGiveAPlanOrAnErrorThatNamesTheFile) {
  const std::string original = to_pretty(to_json(test::small_plan()));
  test::Mutator mutate(118);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto text = mutate(original);
    const auto json = parse_json(text, "plan.json");
    const auto plan = json ? parse_plan(*json, "plan.json") : Result<Plan>(tl::unexpected(json.error()));
    if (plan) {
      ASSERT_TRUE(parse_plan(to_json(*plan), "again")) << text;  // what is accepted is stored and read again
    } else {
      ++refused;
      ASSERT_THAT(plan.error().message, ::testing::StartsWith("plan.json")) << text;
    }
  }
  EXPECT_GT(refused, 2000);
}

TEST(Fuzz, RowsGiveARowOrAnErrorThatNamesFileAndLine) {
  const std::string original = to_line(
      to_json(test::ok_row({"gpt2", "null", protocol::builtin_scenarios()[0], protocol::Mode::generate, 0})));
  test::Mutator mutate(119);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto text = mutate(original);
    const auto json = parse_json(text, "raw/generate.jsonl line 1");
    const auto row =
        json ? parse_row(*json, "raw/generate.jsonl line 1") : Result<Row>(tl::unexpected(json.error()));
    if (row) {
      ASSERT_TRUE(parse_row(to_json(*row), "again")) << text;
    } else {
      ++refused;
      ASSERT_THAT(row.error().message, ::testing::StartsWith("raw/generate.jsonl line 1")) << text;
    }
  }
  EXPECT_GT(refused, 2000);
}

TEST(Fuzz, RawFilesAreReadOrRefusedByLine) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "raw");
  std::string original;
  for (const auto& repetition : schedule(test::small_plan())) {
    if (repetition.mode == protocol::Mode::generate) {
      original += to_line(to_json(test::ok_row(repetition))) + "\n";
    }
  }
  test::Mutator mutate(120);
  for (int i = 0; i < 200; ++i) {
    std::ofstream(raw_file(folder.path(), protocol::Mode::generate), std::ios::trunc) << mutate(original);
    const auto rows = read_rows(folder.path());
    if (!rows) {
      ASSERT_THAT(rows.error().message, ::testing::ContainsRegex("generate.jsonl line [0-9]+"));
    }
  }
}

}  // namespace
}  // namespace inferscale::record
