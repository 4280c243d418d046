// Where an analysis is written, and what spreadsheets make of it.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "analysis/csv.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {
namespace {

using ::testing::HasSubstr;

Dataset one_model(const char* name) {
  return test::build({test::make_row(name, 1000, "a", protocol::builtin_scenarios()[0], 0, 500)});
}

TEST(WrittenAnalysis, HasAFolderOfPlainCharactersForEachModel) {
  std::vector<record::Row> rows;
  const std::vector<std::string> names{"plain-1.5", "../../up", "\xC3\xA9t\xC3\xA9", "__t__", ".hidden"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    rows.push_back(test::make_row(names[i].c_str(), 1000 + static_cast<std::int64_t>(i), "a",
                                  protocol::builtin_scenarios()[0], 0, 500));
  }
  const auto analysis = analyze(test::build(rows));
  ASSERT_TRUE(analysis) << analysis.error().message;
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_analysis(*analysis, folder / "results"));
  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "results")) {
    folders.insert(entry.path().filename().string());
  }
  EXPECT_EQ(folders.size(), names.size() + 1) << "a folder a model, and processed";
  EXPECT_TRUE(folders.contains("plain-1.5"));
  for (const std::string& name : folders) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.="), std::string::npos) << name;
    EXPECT_NE(name.front(), '.');
  }
}

TEST(WrittenAnalysis, IsNotWrittenThroughALink) {
  const auto analysis = analyze(one_model("large"));
  ASSERT_TRUE(analysis);
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  for (const char* name : {"processed", "large"}) {
    const auto results = folder / (std::string("results-") + name);
    std::filesystem::create_directory(results);
    std::filesystem::create_directory_symlink(folder / "elsewhere", results / name);
    const auto written = write_analysis(*analysis, results);
    ASSERT_FALSE(written) << name;
    EXPECT_THAT(written.error().message, HasSubstr("it is a symbolic link to another place"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "elsewhere"));
}

TEST(Csv, AFormulaIsText) {
  EXPECT_EQ(csv_text("=HYPERLINK(\"http://x\",1)"), "\"'=HYPERLINK(\"\"http://x\"\",1)\"");
  for (const char* formula : {"=1+1", "+1", "-1", "@x"}) {
    EXPECT_EQ(csv_text(formula), "'" + std::string(formula));
  }
  EXPECT_EQ(csv_text("single_micro"), "single_micro");
}

}  // namespace
}  // namespace inferscale::analysis
