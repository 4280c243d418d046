#include "core/linked_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/disk_space.hpp"
#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::uint64_t device_of(const std::filesystem::path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? status.st_dev : 0;
}

class LinkedFile : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomic(file_, "content")); }
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "file";
};

TEST_F(LinkedFile, IsTheFileItselfAndOutlivesItsFirstName) {
  const auto name = folder_ / "deep/er/name";
  EXPECT_TRUE(*link_or_copy(file_, name));
  EXPECT_TRUE(std::filesystem::equivalent(file_, name));
  std::filesystem::remove(file_);
  EXPECT_EQ(*read_file(name), "content");
}

TEST_F(LinkedFile, MayBeAskedForAgainAndReplacesWhatWasThere) {
  const auto name = folder_ / "name";
  ASSERT_TRUE(write_file_atomic(name, "older"));
  EXPECT_TRUE(*link_or_copy(file_, name));
  EXPECT_TRUE(*link_or_copy(file_, name));
  EXPECT_EQ(*read_file(name), "content");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2) << "a temporary stays";
}

/// A download cache has symbolic links where the model's files are; runtimes follow none out of the folder.
TEST_F(LinkedFile, OfASymbolicLinkIsNone) {
  std::filesystem::create_symlink(file_, folder_ / "symbolic");
  EXPECT_TRUE(*link_or_copy(folder_ / "symbolic", folder_ / "name"));
  EXPECT_FALSE(std::filesystem::is_symlink(folder_ / "name"));
  ASSERT_TRUE(std::filesystem::exists(folder_ / "name"));
  EXPECT_TRUE(*link_or_copy(file_, folder_ / "symbolic"));
  EXPECT_FALSE(std::filesystem::is_symlink(folder_ / "symbolic"));
}

TEST_F(LinkedFile, OnAnotherDiskIsACopy) {
  if (device_of("/dev/shm") == 0 || device_of("/dev/shm") == device_of(file_)) {
    GTEST_SKIP() << "no second file system at /dev/shm";
  }
  const auto name = std::filesystem::path("/dev/shm") / ("inferscale." + folder_.path().filename().string());
  const auto linked = link_or_copy(file_, name);
  const auto content = read_file(name);
  std::filesystem::remove(name);
  ASSERT_TRUE(linked) << linked.error().message;
  EXPECT_FALSE(*linked);
  EXPECT_EQ(*content, "content");
}

TEST_F(LinkedFile, ErrorsNameTheFile) {
  const auto missing = link_or_copy(folder_ / "missing", folder_ / "name");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "name"));
}

TEST(DiskSpace, IsRefusedWithBothNumbers) {
  const test::TemporaryFolder folder;
  const auto refused = check_room(folder / "not/yet/there/file", std::uint64_t{1} << 62U);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, AllOf(StartsWith("cannot write '"),
                                             HasSubstr("there/file': No space left on device: it takes "
                                                       "4611686018427.388 MB, and its disk has "),
                                             testing::EndsWith(" MB free")));
  EXPECT_TRUE(check_room(folder / "not/yet/there/file", 1));
  EXPECT_TRUE(check_room("file", 1));
}

}  // namespace
}  // namespace inferscale
