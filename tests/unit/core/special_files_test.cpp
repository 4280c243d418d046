// What stands in place of a file, and never keeps a reader waiting.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "core/files.hpp"
#include "core/json.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale {
namespace {

using testing::HasSubstr;

TEST(SpecialFiles, AreRefusedAtOnce) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(read_file(folder / "fifo").error().message, HasSubstr("fifo': it is a FIFO, and not a file"));
  EXPECT_THAT(read_file("/dev/zero").error().message, HasSubstr("it is a device"));
  EXPECT_THAT(read_file(folder.path()).error().message, HasSubstr("it is a folder"));
}

TEST(SpecialFiles, AreNotReplacedByAFile) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", folder / "link");
  for (const char* name : {"fifo", "link"}) {
    const auto written = write_file_atomic(folder / name, "text");
    ASSERT_FALSE(written) << name;
    EXPECT_THAT(written.error().message, HasSubstr("it is a device, a FIFO or a socket, and no file"));
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "fifo"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(SpecialFiles, AnInputMayBeAPipeAndHasALimit) {
  const test::TemporaryFolder folder;
  const auto fifo = folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  {
    const std::jthread writer(
        [&] { static_cast<void>(write_file_atomic(folder / "done", *read_input(fifo, 100))); });
    const FileDescriptor end(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(write_all(end.get(), "a plan", "to the pipe"));
  }
  EXPECT_EQ(*read_file(folder / "done"), "a plan");
  constexpr std::size_t kMiB = 1U << 20U;
  EXPECT_THAT(read_input("/dev/zero", kMiB).error().message, HasSubstr("it has more than 1 MiB"));
  ASSERT_TRUE(write_file_atomic(folder / "full", std::string(kMiB, ' ')));
  EXPECT_EQ(read_input(folder / "full", kMiB)->size(), kMiB);
}

TEST(SpecialFiles, AnInputWaitsForASlowWriterAndNotForOneWhoNeverComes) {
  const test::TemporaryFolder folder;
  const auto fifo = folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(read_input(fifo, 100).error().message, HasSubstr("it is a FIFO, and nobody writes to it"));
  const std::jthread writer([&] {
    const FileDescriptor end(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // longer than it waits for a writer
    static_cast<void>(write_all(end.get(), "late", "to the pipe"));
  });
  const auto read = read_input(fifo, 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, "late");
}

TEST(SpecialFiles, AGitLfsPointerSaysWhatToDo) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "tokenizer.json",
                                "version https://git-lfs.example/spec/v1\noid sha256:00\nsize 3\n"));
  EXPECT_THAT(read_json_file(folder / "tokenizer.json").error().message, HasSubstr("run 'git lfs pull'"));
}

}  // namespace
}  // namespace inferscale
