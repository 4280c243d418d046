#include "client/worker_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/process.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::client {
namespace {

namespace fs = std::filesystem;

/// Where the dynamic linker found the C library of this very process.
fs::path c_library() {
  const auto maps = read_file("/proc/self/maps");
  EXPECT_TRUE(maps);
  const auto end = maps->find("libc.so.6");
  EXPECT_NE(end, std::string::npos);
  const auto begin = maps->rfind(' ', end);
  return maps->substr(begin + 1, end - begin - 1) + "libc.so.6";
}

TEST(WorkerLibrary, TheFoldersLibraryIsTheOneThatIsLoaded) {
  const test::TemporaryFolder folder;
  fs::copy_file(c_library(), folder / "libc.so.6");
  const auto program = with_libraries({"/bin/cat"}, folder.path());
  ASSERT_TRUE(program) << program.error().message;
  const auto run =
      run_process({{"/bin/cat", "/proc/self/maps"}, program->environment, {}}, {}, std::chrono::seconds(30));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->output, testing::HasSubstr((fs::canonical(folder.path()) / "libc.so.6").string()));
}

/// A worker that opens its runtime by name takes what is loaded already: no list of the linker has that
/// library.
TEST(WorkerLibrary, WhatAWorkerOpensIsLoadedFirstToo) {
  const test::TemporaryFolder folder;
  fs::copy_file("/bin/cat", folder / "inferscale-worker-onnxruntime");
  fs::copy_file(c_library(), folder / "libonnxruntime.so.1.40.0");
  const auto program = with_libraries({folder / "inferscale-worker-onnxruntime"}, folder.path());
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->environment.front().second,
            (fs::canonical(folder.path()) / "libonnxruntime.so.1.40.0").string());
}

TEST(WorkerLibrary, AFolderWithoutAnyOfThemIsWrongUsage) {
  const test::TemporaryFolder folder;
  const auto none = with_libraries({"/bin/cat"}, folder.path());
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().usage);
  EXPECT_THAT(none.error().message, testing::HasSubstr("holds none of the libraries that cat loads: "));
  EXPECT_FALSE(with_libraries({"/bin/cat"}, folder / "nothing"));
}

}  // namespace
}  // namespace inferscale::client
