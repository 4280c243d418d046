#include <gtest/gtest.h>

#include <filesystem>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "study/manifest_renewal.hpp"
#include "study/results_folder.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::study {
namespace {

class ManifestTest : public ::testing::Test {
 protected:
  void write(const char* file, const char* text) const {
    ASSERT_TRUE(write_file_atomic(folder_ / file, text));
  }
  /// What the manifest says of a file; empty when it does not list it.
  [[nodiscard]] std::string listed(const std::string& file) const {
    const auto manifest = read_json_file(folder_ / "manifest.json");
    for (const auto& one : (*manifest)["files"]) {
      if (one["path"] == file) {
        return one["sha256"];
      }
    }
    return {};
  }

  test::TemporaryFolder folder_;
};

TEST_F(ManifestTest, IsRenewedForWhatWasWrittenAlone) {
  write("raw/prefill.jsonl", "rows");
  write("gpt2/processed/summary.csv", "old");
  write("processed/altered.csv", "old");
  write("plots/gone.svg", "old");
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  write("processed/altered.csv", "by hand");
  const ManifestRenewal renewal(folder_.path());
  write("raw/prefill.jsonl", "altered");
  write("gpt2/processed/summary.csv", "new");
  write("report.md", "new");
  std::filesystem::remove(folder_ / "plots/gone.svg");
  ASSERT_TRUE(renewal.finish());
  EXPECT_EQ(listed("raw/prefill.jsonl"), sha256_hex("rows"));
  EXPECT_EQ(listed("gpt2/processed/summary.csv"), sha256_hex("new"));
  EXPECT_EQ(listed("processed/altered.csv"), sha256_hex("old"));
  EXPECT_EQ(listed("report.md"), sha256_hex("new"));
  EXPECT_EQ(listed("plots/gone.svg"), "");
}

TEST_F(ManifestTest, KeepsWhatIsNotThereAndWasNotRemovedByTheCommand) {
  write("processed/decision.json", "decided");
  write("report.md", "old");
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  std::filesystem::remove_all(folder_ / "processed");
  const ManifestRenewal renewal(folder_.path());
  write("report.md", "old");
  ASSERT_TRUE(renewal.finish());
  EXPECT_EQ(listed("processed/decision.json"), sha256_hex("decided"));
  EXPECT_EQ(listed("report.md"), sha256_hex("old"));
}

TEST_F(ManifestTest, IsRenewedForTheSameTextAgain) {
  write("report.md", "text");
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  write("report.md", "other");  // by a command that ended before it renewed the manifest
  const ManifestRenewal renewal(folder_.path());
  write("report.md", "other");
  ASSERT_TRUE(renewal.finish());
  EXPECT_EQ(listed("report.md"), sha256_hex("other"));
}

TEST_F(ManifestTest, IsNotMadeByRenewing) {
  write("raw/prefill.jsonl", "rows");
  ASSERT_TRUE(ManifestRenewal(folder_.path()).finish());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "manifest.json"));
}

TEST_F(ManifestTest, KeepsWhatEarlierRunsUsed) {
  record::StudyUses first;
  first.uses.resize(2);
  first.uses[0].model = first.uses[1].model = "gpt2";
  first.uses[0].backend = "a";
  first.uses[1].backend = "b";
  first.uses[1].seconds = 1;
  ASSERT_TRUE(write_manifest(folder_.path(), {}, first));
  record::StudyUses second;
  second.uses = {first.uses[1]};
  second.uses[0].seconds = 2;
  ASSERT_TRUE(write_manifest(folder_.path(), {}, second));
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  const auto uses = record::uses_of(*read_json_file(folder_ / "manifest.json")).uses;
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].backend, "b");
  EXPECT_EQ(uses[0].seconds, 2);
  EXPECT_EQ(uses[1].backend, "a");
}

TEST_F(ManifestTest, KeepsTheRunsThatMadeItsRows) {
  const auto runs = [&] { return record::runs_of(*read_json_file(folder_ / "manifest.json")); };
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  EXPECT_TRUE(runs().empty());
  ASSERT_TRUE(write_manifest(folder_.path(), {}, {}, record::StudyRun{"2026-11-28T23:52:19.285Z", 7.5, 60}));
  ASSERT_TRUE(write_manifest(folder_.path(), {}, {}, record::StudyRun{"2026-11-29T00:00:00.000Z", 2, 1}));
  ASSERT_TRUE(write_manifest(folder_.path(), {}));
  ASSERT_TRUE(ManifestRenewal(folder_.path()).finish());
  ASSERT_EQ(runs().size(), 2U);
  EXPECT_EQ(runs()[0].begun, "2026-11-28T23:52:19.285Z");
  EXPECT_EQ(runs()[0].wall_s, 7.5);
  EXPECT_EQ(runs()[0].rows, 60U);
  EXPECT_EQ(runs()[1].rows, 1U);
}

}  // namespace
}  // namespace inferscale::study
