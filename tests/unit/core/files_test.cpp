#include "core/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "core/atomic_file.hpp"
#include "core/mapped_file.hpp"
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

/// A reader finds one thread's content, whole.
TEST(Files, TwoThreadsMayWriteTheSameFile) {
  const test::TemporaryFolder folder;
  const auto file = folder / "file.txt";
  const std::string one(100'000, '1');
  const std::string two(200'000, '2');
  const auto write = [&](const std::string& content) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(write_file_atomic(file, content));
      const auto found = *read_file(file);
      EXPECT_TRUE(found == one || found == two) << found.size();
    }
  };
  {
    const std::jthread first(write, one);
    const std::jthread second(write, two);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(AtomicFile, IsGoneWithoutPublish) {
  const test::TemporaryFolder folder;
  {
    auto out = AtomicFile::create(folder / "file");
    ASSERT_TRUE(out);
    ASSERT_TRUE(out->write("half"));
    EXPECT_FALSE(std::filesystem::exists(folder / "file"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THAT(AtomicFile::create(folder.path()).error().message, HasSubstr("it is a folder"));
}

TEST(AtomicFile, ReportsAFullDisk) {
  if (::access("/dev/full", W_OK) != 0) {
    GTEST_SKIP() << "no /dev/full";
  }
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_THAT(write_all(full.get(), "x", "'f'").error().message, HasSubstr("No space left on device"));
}

TEST(MappedFile, HoldsTheContentAndRefusesWhatIsNoFile) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "file", "content"));
  ASSERT_TRUE(write_file_atomic(folder / "empty", ""));
  const auto mapped = MappedFile::open(folder / "file");
  ASSERT_TRUE(mapped);
  ASSERT_EQ(mapped->bytes().size(), 7U);
  mapped->release(2, 3);
  EXPECT_EQ(static_cast<char>(mapped->bytes()[3]), 't');
  EXPECT_TRUE(MappedFile::open(folder / "empty")->bytes().empty());
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::open(folder / "fifo").error().message, HasSubstr("not a file")) << "and no wait";
  EXPECT_THAT(MappedFile::open(folder / "none").error().message, HasSubstr("No such file"));
}

TEST(FileLock, IsExclusive) {
  const test::TemporaryFolder folder;
  const auto held = FileLock::try_acquire(folder / "lock");
  ASSERT_TRUE(held && *held);
  const auto second = FileLock::try_acquire(folder / "lock");
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  std::filesystem::create_directory(folder / "folder");
  EXPECT_THAT(FileLock::try_acquire(folder / "folder").error().message, HasSubstr("cannot open lock"));
}

TEST(FileLock, AWaitForItCanBeCancelled) {
  const test::TemporaryFolder folder;
  const auto held = FileLock::try_acquire(folder / "lock");
  ASSERT_TRUE(held && *held);
  int asked = 0;
  const auto given_up = FileLock::acquire(folder / "lock", [&] { return ++asked == 3; });
  ASSERT_FALSE(given_up);
  EXPECT_THAT(given_up.error().message, HasSubstr("interrupted"));
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace inferscale
