#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/dataset.hpp"
#include "core/files.hpp"
#include "support/mutator.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

// Mutated files of rows as the analysis reads them: rows, or an error that names the file and the line.
namespace inferscale::analysis {
namespace {

TEST(Fuzz, RawFilesAreAnalysedOrRefusedByLine) {
  std::string original;
  for (int repetition = 0; repetition < 4; ++repetition) {
    const record::Row row =
        test::make_row("gpt2-5m", 5035008, "onnxruntime-cpu", {"single_short", 1, 11}, repetition, 1234.5);
    original +=
        to_line(to_json(repetition == 3 ? test::make_failed(row, Outcome::crash, "it broke") : row)) + "\n";
  }
  const test::TemporaryFolder folder;
  test::Mutator mutate(121);
  int refused = 0;
  constexpr int kCases = 1000;
  for (int i = 0; i < kCases; ++i) {
    const auto text = mutate(original);
    ASSERT_TRUE(write_file_atomic(folder / "prefill.jsonl", text));
    DatasetBuilder builder;
    const auto loaded = load_rows(folder / "prefill.jsonl", "raw/prefill.jsonl", builder);
    if (loaded) {
      const auto dataset = builder.finish();
      ASSERT_TRUE(dataset || !dataset.error().message.empty()) << text;
    } else {
      ++refused;
      ASSERT_THAT(loaded.error().message, ::testing::ContainsRegex("raw/prefill.jsonl line [0-9]+")) << text;
    }
  }
  EXPECT_GT(refused, kCases / 2);
}

}  // namespace
}  // namespace inferscale::analysis
