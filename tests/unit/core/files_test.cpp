#include "core/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace inferscale {
namespace {
using testing::HasSubstr;

TEST(Files, WriteAtomicReplacesAndLeavesNoTemporary) {
  const test::TemporaryFolder folder;
  const auto file = folder / "deep/er/file.txt";
  ASSERT_TRUE(write_file_atomic(file, "one"));
  ASSERT_TRUE(write_file_atomic(file, "two"));
  EXPECT_EQ(*read_file(file), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST(Files, ErrorsNameTheFile) {
  EXPECT_THAT(read_file("/nowhere/at/all").error().message, HasSubstr("'/nowhere/at/all': No such file"));
  EXPECT_THAT(write_file_atomic("/proc/nope/file", "x").error().message, HasSubstr("/proc/nope"));
}

TEST(FileLock, IsExclusive) {
  const test::TemporaryFolder folder;
  auto held = FileLock::try_acquire(folder / "lock");
  ASSERT_TRUE(held);
  EXPECT_THAT(FileLock::try_acquire(folder / "lock").error().message, HasSubstr("another inferscale"));
}

TEST(FileLock, AWaitForItCanBeCancelled) {
  const test::TemporaryFolder folder;
  auto held = FileLock::try_acquire(folder / "lock");
  ASSERT_TRUE(held);
  int asked = 0;
  const auto given_up = FileLock::acquire(folder / "lock", [&] { return ++asked == 3; });
  ASSERT_FALSE(given_up);
  EXPECT_THAT(given_up.error().message, HasSubstr("interrupted"));
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace inferscale
