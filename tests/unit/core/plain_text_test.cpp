#include "core/plain_text.hpp"

#include <gtest/gtest.h>

namespace inferscale {
namespace {

TEST(PlainText, HasNoControlCharacterButNewlineAndTab) {
  EXPECT_EQ(plain_text("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(plain_text("\x1b[31mred\x1b[0m\r\x7f"), "?[31mred?[0m??");
  EXPECT_EQ(plain_text(std::string_view("a\0b", 3)), "a?b");
}

TEST(PlainText, KnowsTheControlCharactersOfTwoBytes) {
  EXPECT_EQ(plain_text("\xC2\x9B"
                       "31m"),
            "?31m");                                                      // U+009B, a CSI
  EXPECT_EQ(plain_text("caf\xC3\xA9 \xC2\xA0"), "caf\xC3\xA9 \xC2\xA0");  // U+00E9 and U+00A0 are none
  EXPECT_EQ(plain_text("\xC2"), "\xC2");
}

TEST(NameOfText, HasADashForWhatNoNameHas) {
  EXPECT_EQ(name_of_text("a copy/of.it_1-2"), "a-copy-of.it_1-2");
  EXPECT_EQ(name_of_text("\xC3\xBC"), "--");
}

TEST(CutText, EndsBetweenCharactersAndCountsTheRest) {
  EXPECT_EQ(cut_text("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_text("abcdef", 4), "abcd... (2 bytes more)");
  EXPECT_EQ(cut_text("ab\xE2\x82\xAC"
                     "cd",
                     4),
            "ab... (5 bytes more)");  // U+20AC has three bytes
  EXPECT_EQ(cut_text("", 0), "");
}

}  // namespace
}  // namespace inferscale
