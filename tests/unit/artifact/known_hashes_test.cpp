#include "artifact/known_hashes.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/files.hpp"
#include "core/linked_file.hpp"
#include "core/sha256.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::artifact {
namespace {

constexpr MemoryRules kEverything{1, std::chrono::milliseconds(0)};

class KnownHashesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomic(file_, "content")); }
  /// Remembers a hash that reading would never give, so that a test sees which of the two it got.
  void remember() const { hashes_.trust(file_, {"remembered", true}); }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "file";
  KnownHashes hashes_{folder_ / "hashes", kEverything};
};

TEST_F(KnownHashesTest, AreReadOnce) {
  int reads = 0;
  const auto read = [&]() -> Result<FileFacts> {
    ++reads;
    return FileFacts{"hash", true};
  };
  for (int i = 0; i < 3; ++i) {
    const auto facts = KnownHashes(folder_ / "hashes", kEverything).find_or_read(file_, read);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->sha256, "hash");
    EXPECT_TRUE(facts->finite);
  }
  EXPECT_EQ(reads, 1);
}

TEST_F(KnownHashesTest, OfAChangedFileAreReadAgain) {
  remember();
  EXPECT_EQ(*hashes_.sha256(file_), "remembered");
  const auto modified = std::filesystem::last_write_time(file_);
  std::ofstream(file_, std::ios::binary | std::ios::in) << "CONTENT";  // in place, of the same size
  std::filesystem::last_write_time(file_, modified);
  EXPECT_EQ(*hashes_.sha256(file_), sha256_hex("CONTENT"));
  remember();
  ASSERT_TRUE(write_file_atomic(file_, "content"));  // another file of that name
  EXPECT_EQ(*hashes_.sha256(file_), sha256_hex("content"));
}

/// A change in the same tick of the clock could not be told from none.
TEST_F(KnownHashesTest, OfAFileThatHasJustChangedAreNotRemembered) {
  const KnownHashes careful(folder_ / "hashes", {1, std::chrono::hours(1)});
  EXPECT_EQ(*careful.sha256(file_), sha256_hex("content"));
  EXPECT_FALSE(hashes_.find(file_));
}

TEST_F(KnownHashesTest, OfSmallFilesAreNotRemembered) {
  const KnownHashes large(folder_ / "hashes", {8, std::chrono::milliseconds(0)});
  large.trust(file_, {"remembered", false});
  EXPECT_EQ(*large.sha256(file_), sha256_hex("content"));
}

TEST_F(KnownHashesTest, StayWhenTheFileGetsAnotherName) {
  remember();
  ASSERT_TRUE(hashes_.across(file_, [&] { return link_or_copy(file_, folder_ / "name"); }));
  EXPECT_EQ(*hashes_.sha256(file_), "remembered");
  EXPECT_EQ(*hashes_.sha256(folder_ / "name"), "remembered");
  static_cast<void>(hashes_.across(file_, [&] { return write_file_atomic(file_, "changed"); }));
  EXPECT_EQ(*hashes_.sha256(file_), sha256_hex("changed"));
}

TEST_F(KnownHashesTest, ThatAreNoJsonAreReadAgain) {
  remember();
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "hashes")) {
    for (const char* text : {"", "[]", R"({"bytes": "x"})"}) {
      ASSERT_TRUE(write_file_atomic(entry.path(), text));
      EXPECT_FALSE(hashes_.find(file_));
    }
  }
}

}  // namespace
}  // namespace inferscale::artifact
