#include "core/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>

#include "support/pseudo_terminal.hpp"

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

/// A zombie that nobody has fetched yet is dead.
bool lives(const std::string& pid) {
  const auto stat = read_file("/proc/" + pid + "/stat");
  return stat && stat->find(") Z ") == std::string::npos;
}
bool ends(const std::string& pid) {
  const auto deadline = Clock::now() + 30s;
  while (lives(pid) && Clock::now() < deadline) {
    ::usleep(10000);
  }
  return !lives(pid);
}

TEST(ChildProcess, WhatMovedToAnotherSessionIsEnded) {
  // The second one's parent has ended.
  auto child = shell(
      "setsid sh -c 'echo $$; exec sleep 1000' & sh -c \"setsid sh -c 'echo \\$\\$; exec sleep 1000' &\"; "
      "cat");
  const std::string first = child.read_line(Clock::now() + 30s).line;
  const std::string second = child.read_line(Clock::now() + 30s).line;
  EXPECT_TRUE(lives(first) && lives(second)) << first << ' ' << second;
  child.kill_group();
  EXPECT_TRUE(ends(first));
  EXPECT_TRUE(ends(second));
}

TEST(ChildProcess, WhatOutlivesItIsEndedWithIt) {
  std::string left;
  {
    auto child = shell("setsid sh -c 'echo $$; exec sleep 1000' & read x; exit 3");
    left = child.read_line(Clock::now() + 30s).line;
    child.close_stdin();
    const auto status = child.wait_until(Clock::now() + 30s);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 3);
    EXPECT_TRUE(lives(left));
  }
  EXPECT_TRUE(ends(left));
}

TEST(ChildProcess, MemoryOfAnotherSessionCounts) {
  auto child = shell(
      "setsid sh -c 'x=$(head -c 60000000 /dev/zero | tr \"\\0\" x); echo full; sleep 1000; echo $x' & cat");
  EXPECT_EQ(child.read_line(Clock::now() + 60s).line, "full");
  EXPECT_GT(child.group_rss_mb(), 50);
}

/// What `body` returns in a process that has a terminal; its output goes there.
int exit_code_on_a_terminal(int (*body)()) {
  int terminal = -1;
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid < 0) {
    return -1;
  }
  if (pid == 0) {
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  ::close(terminal);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ChildProcess, HasNoTerminalThoughItsParentHas) {
  if (!test::has_pseudo_terminals()) {
    GTEST_SKIP() << "no pseudo-terminals here";
  }
  constexpr int kParentHasNone = 2;
  const int code = exit_code_on_a_terminal([] {
    if (::open("/dev/tty", O_WRONLY) < 0) {
      return kParentHasNone;
    }
    auto child = shell("(echo wiped >/dev/tty) 2>/dev/null && exit 1; exit 0");
    child.close_stdin();
    const auto status = child.wait_until(Clock::now() + 30s);
    return status ? status->code : -1;
  });
  EXPECT_EQ(code, 0);
}

TEST(ChildProcess, AFloodOnStderrIsReadAndItsEndIsKept) {
  auto child = shell("yes oops >&2");
  EXPECT_EQ(child.read_line(Clock::now() + 500ms).status, ChildProcess::ReadStatus::deadline);
  child.kill_group();
  EXPECT_EQ(child.stderr_tail().size(), 64U << 10U);
}

TEST(ChildProcess, AFloodOnStdoutIsCutOff) {
  auto child = shell("cat /dev/zero");
  const auto read = child.read_line(Clock::now() + 30s, [] { return false; }, 1U << 20U);
  EXPECT_EQ(read.status, ChildProcess::ReadStatus::too_long);
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
