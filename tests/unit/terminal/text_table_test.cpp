#include "terminal/text_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace inferscale::terminal {
namespace {

const std::vector<TextColumn> kColumns{{"backend", false}, {"slowest ms", true}, {"95% interval", false}};
const std::vector<std::vector<std::string>> kRows{{"onnxruntime-cpu-int8", "1,234.5", "[-0.95, 1.05]"},
                                                  {"null-cpu", "2", "-"}};

TEST(TextTable, IsALineARowWhereItFits) {
  const std::string wide =
      "backend               slowest ms  95% interval\n"
      "onnxruntime-cpu-int8     1,234.5  [-0.95, 1.05]\n"
      "null-cpu                       2  -\n";
  EXPECT_EQ(text_table(kColumns, kRows, kAnyWidth), wide);
  EXPECT_EQ(text_table(kColumns, kRows, 47), wide);
}

TEST(TextTable, BreaksNamesAndTitlesAndNoFigure) {
  EXPECT_EQ(text_table(kColumns, kRows, 30),
            "backend       slowest  95%\n"
            "                   ms  interval\n"
            "onnxruntime-  1,234.5  [-0.95,\n"
            "cpu-int8               1.05]\n"
            "null-cpu            2  -\n");
}

TEST(TextTable, StaysWiderThanAWidthThatNothingFits) {
  EXPECT_EQ(text_table({{"n", true}}, {{"123456"}}, 3), "     n\n123456\n");
  EXPECT_EQ(text_table({{"name", false}}, {{"  abc def"}}, 5), "name\n  abc\n  def\n");
}

TEST(StdoutWidth, IsWhatColumnsSays) {
  ASSERT_EQ(::setenv("COLUMNS", "72", 1), 0);
  EXPECT_EQ(stdout_width(), 72U);
  ::unsetenv("COLUMNS");
}

}  // namespace
}  // namespace inferscale::terminal
