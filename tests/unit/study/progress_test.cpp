#include "study/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Duration, ReadsAsPeopleSayIt) {
  EXPECT_EQ(format_duration(3.4), "3 s");
  EXPECT_EQ(format_duration(59.7), "1 min 00 s");
  EXPECT_EQ(format_duration(125), "2 min 05 s");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
}

}  // namespace
}  // namespace inferscale::study
