#include "study/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "support/pseudo_terminal.hpp"

namespace inferscale::study {
namespace {

TEST(Progress, WritesFewPlainLinesWhereThereIsNoTerminal) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress(500);
    for (int i = 0; i < 500; ++i) {
      progress.starting("gpt2 null single_micro prefill #1");
      progress.finished_one();
    }
  }
  const auto text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, ::testing::HasSubstr("500/500 repetitions (100%)"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("\r")));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 11);
}

/// What `body` writes to stderr where that is a terminal of so many columns.
std::string on_a_terminal(unsigned short columns, const std::function<void()>& body) {
  int ours = -1;
  int theirs = -1;
  const winsize size{24, columns, 0, 0};
  EXPECT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, &size), 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(theirs, STDERR_FILENO);
  body();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(theirs);  // the end of what can be read
  std::string text;
  std::array<char, 4096> part{};
  // One read may give only what the kernel has passed on so far.
  for (ssize_t count = 0; (count = ::read(ours, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  ::close(ours);
  return text;
}

TEST(Progress, IsOneLineOnATerminalCutToItsWidth) {
  if (!test::has_pseudo_terminals()) {
    GTEST_SKIP() << "no pseudo-terminals here";
  }
  constexpr unsigned short kColumns = 40;
  const std::string text = on_a_terminal(kColumns, [] {
    Progress progress(500);
    progress.starting("gpt2 onnxruntime-cpu single_micro prefill #1\x1b[31m");
    progress.finished_one();
    progress.starting("gpt2 onnxruntime-cpu single_micro prefill #2");
  });
  // Cut, since a wrapped line could not be overwritten; and no control character of a name.
  const std::string start = "\r\x1b[K";
  const std::string first = "0/500 repetitions (0%)  gpt2 onnxruntim";
  ASSERT_EQ(first.size(), kColumns - 1U);
  ASSERT_TRUE(text.starts_with(start + first + start + "1/500 repetitions (0%)")) << text;
  ASSERT_TRUE(text.ends_with("\r\n")) << text;
  EXPECT_EQ(text.size(), 2 * (start.size() + first.size()) + 2);
}

TEST(Duration, ReadsAsPeopleSayIt) {
  EXPECT_EQ(format_duration(3.4), "3 s");
  EXPECT_EQ(format_duration(59.7), "1 min 00 s");
  EXPECT_EQ(format_duration(125), "2 min 05 s");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
}

}  // namespace
}  // namespace inferscale::study
