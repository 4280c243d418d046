#include "core/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace inferscale {
namespace {
using namespace std::chrono_literals;

ChildProcess shell(const std::string& script) {
  return std::move(*ChildProcess::start({{"/bin/sh", "-c", script}, {{"GREETING", "hello"}}, {}}));
}

TEST(ChildProcess, TalksLineByLine) {
  auto child = shell("read x; echo \"$GREETING $x\"; echo oops >&2; exit 3");
  ASSERT_TRUE(child.write_line("world", Clock::now() + 5s));
  EXPECT_EQ(child.read_line(Clock::now() + 5s).line, "hello world");
  EXPECT_EQ(child.read_line(Clock::now() + 5s).status, ChildProcess::ReadStatus::end_of_file);
  const auto status = child.wait_until(Clock::now() + 5s);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 3);
  EXPECT_EQ(child.stderr_tail(), "oops\n");
}

TEST(ChildProcess, DeadlineThenKillLeavesNoDescendant) {
  auto child = shell("sleep 1000 & echo $!; wait");
  const auto grandchild = std::stoi(child.read_line(Clock::now() + 5s).line);
  EXPECT_EQ(child.read_line(Clock::now() + 100ms).status, ChildProcess::ReadStatus::deadline);
  EXPECT_EQ(child.kill_group().signal, SIGKILL);
  // A killed orphan stays a zombie until init reaps it: gone, or a zombie, but not running.
  for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) {
    ::usleep(10000);
    const auto stat = read_file("/proc/" + std::to_string(grandchild) + "/stat");
    if (stat && stat->find(") Z") != std::string::npos) {
      break;
    }
    ASSERT_LT(i, 99) << "grandchild survived";
  }
}

TEST(ChildProcess, MissingProgramIsAnError) {
  const auto child = ChildProcess::start({{"/no/such/program"}, {}, {}});
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().message, testing::HasSubstr("/no/such/program"));
}

TEST(ChildProcess, WritingToTheDeadIsAnError) {
  auto child = shell("exit 0");
  child.wait_until(Clock::now() + 5s);
  const auto written = child.write_line(std::string(1 << 20, 'x'), Clock::now() + 5s);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().outcome, Outcome::crash);
}

TEST(RunProcess, CollectsOutput) {
  const auto result = run_process({{"/bin/cat"}, {}, {}}, "text", 5s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "text\n");
}

}  // namespace
}  // namespace inferscale
