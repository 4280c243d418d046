#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "counted_recipe.hpp"
#include "support/forked.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {
namespace {

using ::testing::Each;

constexpr int kContenders = 8;

/// Adds a letter to a file: a count over processes.
void append_mark(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  EXPECT_TRUE(write_all(fd.get(), "x", "mark"));
}

/// A graph of tiny-gpt2 through a store of its own; its SHA-256, or what went wrong.
std::string export_tiny(const std::filesystem::path& root) {
  artifact::ArtifactStore store(root);
  const auto graph = store.onnx_graph(tiny_model(), 118, {});
  return graph ? graph->sha256 + (graph->reused ? " reused" : " made") : graph.error().message;
}

TEST(Concurrency, ThreadsOfOneStoreMakeItOnce) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  artifact::ArtifactStore store(folder.path());
  std::atomic<int> made_by_them = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kContenders; ++i) {
    threads.emplace_back([&] {
      const auto artifact = store.get_or_make(tiny_model(), counted.recipe);
      made_by_them += artifact && !artifact->reused ? 1 : 0;
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counted.made, 1);
  EXPECT_EQ(made_by_them, 1);
}

/// Each maker waits for the other to have begun.
TEST(Concurrency, DifferentArtifactsAreMadeSideBySide) {
  const TemporaryFolder folder;
  artifact::ArtifactStore store(folder.path());
  std::atomic<int> begun = 0;
  std::atomic<int> together = 0;
  std::vector<std::jthread> threads;
  for (const char* key : {"one", "two"}) {
    threads.emplace_back([&, key] {
      CountedRecipe counted(key);
      const auto make = counted.recipe.make;
      counted.recipe.make = [&](const std::filesystem::path& file) {
        ++begun;
        for (int i = 0; i < 200 && begun < 2; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        together += begun == 2 ? 1 : 0;
        return make(file);
      };
      EXPECT_TRUE(store.get_or_make(tiny_model(), counted.recipe));
    });
  }
  threads.clear();
  EXPECT_EQ(together, 2);
}

/// All wait at one gate, so that they ask at the same time.
TEST(Concurrency, ProcessesMakeItOnceAndGetTheSame) {
  const TemporaryFolder folder;
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kContenders; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      ::close(gate[1]);
      char ignored = 0;
      static_cast<void>(::read(gate[0], &ignored, 1));
      const auto said = export_tiny(folder / "store");
      static_cast<void>(write_file_atomic(folder / fmt::format("said{}", i), said));
      ::_exit(0);
    }
  }
  ::close(gate[0]);
  ::close(gate[1]);
  std::vector<std::string> hashes;
  int made = 0;
  for (int i = 0; i < kContenders; ++i) {
    ::waitpid(children[static_cast<std::size_t>(i)], nullptr, 0);
    const auto said = read_file(folder / fmt::format("said{}", i));
    ASSERT_TRUE(said) << said.error().message;
    hashes.push_back(said->substr(0, 64));
    made += said->substr(64) == " made" ? 1 : 0;
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(hashes, Each(hashes.front()));
  const auto later = export_tiny(folder / "store");
  EXPECT_EQ(later, hashes.front() + " reused");
}

/// A process that dies while it makes an artifact holds nobody up, and leaves nothing that is taken for
/// whole.
TEST(Concurrency, AMakerThatIsKilledIsReplaced) {
  const TemporaryFolder folder;
  for (const bool after_the_file : {false, true}) {
    CountedRecipe counted(after_the_file ? "after" : "before");
    const auto make = counted.recipe.make;
    counted.recipe.make = [&](const std::filesystem::path& file) -> Result<onnx_graph::ExportedGraph> {
      const auto temporary = file.parent_path() / ("." + file.filename().string() + ".1.0.tmp");
      EXPECT_TRUE(write_file_atomic(temporary, "half"));
      append_mark(folder / "asked");
      if (after_the_file) {
        EXPECT_TRUE(make(file));
      }
      ::raise(SIGKILL);
      return fail("not reached");
    };
    EXPECT_EQ(in_child_process([&] { return get(folder.path(), counted).path.string(); }), "<no answer>");
    counted.recipe.make = make;
    const auto artifact = get(folder.path(), counted);
    EXPECT_FALSE(artifact.reused);
    EXPECT_EQ(*read_file(artifact.path), counted.content);
    for (const auto& entry : std::filesystem::directory_iterator(artifact.path.parent_path())) {
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    }
  }
  EXPECT_EQ(*read_file(folder / "asked"), "xx");
}

}  // namespace
}  // namespace inferscale::test
