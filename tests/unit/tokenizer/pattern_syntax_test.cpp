#include "tokenizer/pattern_syntax.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tokenizer/pattern.hpp"

namespace inferscale::tokenizer {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The matches of the pattern, joined by '|'.
std::string matches_of(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern);
  if (!compiled) {
    return compiled.error().message;
  }
  PatternScratch scratch;
  std::string matches;
  compiled->for_each_part(text, scratch, [&](std::size_t begin, std::size_t end, bool is_match) {
    if (is_match) {
      matches += matches.empty() ? "" : "|";
      matches += text.substr(begin, end - begin);
    }
  });
  return matches;
}

TEST(PatternSyntax, HasRubysMeaningWherePcre2sDiffers) {
  EXPECT_EQ(matches_of(R"(a{1,2}+)", "aaaaa"), "aaaaa") << "no possessive interval: a repeat of a{1,2}";
  EXPECT_EQ(matches_of(R"(\v)", "\v\n"), "\v") << "one character";
  EXPECT_EQ(matches_of(R"(\s+)", "\u180E\u3000\u200B"), "\u3000");
  EXPECT_EQ(matches_of(R"([\S]+)", "a \u180Eb"), "a|\u180Eb");
  EXPECT_EQ(matches_of(R"(.+)", "a\rb\nc"), "a\rb|c");
}

TEST(PatternSyntax, HasTheTablesOfUnicode16) {
  EXPECT_EQ(matches_of(R"(\p{Lu})", "a\u1C89\uA7DC"), "\u1C89|\uA7DC");
  EXPECT_EQ(matches_of(R"(\P{L}+)", "\U00010D4A1"), "1");
  EXPECT_EQ(matches_of(R"(\p{^N}|\d)", "\U00010D40"), "\U00010D40");
  EXPECT_EQ(matches_of(R"([\p{S}\p{M}]+)", "a\U0001FAE9\U00010D69"), "\U0001FAE9\U00010D69");
}

TEST(PatternSyntax, ReadsWhatItSaysItReads) {
  EXPECT_EQ(
      matches_of(R"((?i:'s|'LL)|(b)(?=c)|(?<!x)y|(?>d|e)+?|[\-\]\\^.a-c]{2})", "'S 'll bc xy y de a-.^"),
      "'S|'ll|b|y|d|e|a-|.^");
  EXPECT_EQ(matches_of(R"(\x{4E2D}|\u00e9|\x41)", "A中é"), "A|中|é");
  EXPECT_EQ(matches_of(R"((?=(\d{3})+(?!\d)).)", "1234567"), "2|5");
}

TEST(PatternSyntax, NamesWhatItDoesNotRead) {
  for (const auto& [pattern, what] : {std::pair(R"(\w+)", R"('\w')"),
                                      std::pair(R"(\bx)", R"('\b')"),
                                      std::pair("^a", "'^'"),
                                      std::pair("a$", "'$'"),
                                      std::pair("(?i)a", "(?i)"),
                                      std::pair("(?<n>a)", "(?<n"),
                                      std::pair(R"(\1)", R"('\1')"),
                                      std::pair("[a&&b]", "'&&'"),
                                      std::pair("[a[b]]", "'[' within a class"),
                                      std::pair("[[:alpha:]]", "'['"),
                                      std::pair(R"([\P{L}])", "negated within"),
                                      std::pair(R"(\p{Han})", "the property 'Han'"),
                                      std::pair(R"([\s-x])", "a range whose end is a set"),
                                      std::pair("a{,3}", "'{,3}'"),
                                      std::pair("a{2}?", "'{n}?'"),
                                      std::pair("a{2,3}+", "'{n,m}+'"),
                                      std::pair("x{1001}", "no repeat from 0 to 1000"),
                                      std::pair("(?i:ss)", "one character can match"),
                                      std::pair("(?i:é)", "not ASCII"),
                                      std::pair("(*F)", "'(*'"),
                                      std::pair("a**", "a repeat of"),
                                      std::pair("+", "a repeat of nothing"),
                                      std::pair("(a", "no ')' ends"),
                                      std::pair("a)", "without '('"),
                                      std::pair("[a", "no ']' ends"),
                                      std::pair("a\\", "a '\\' at its end"),
                                      std::pair(R"(\x{D800})", "a code point that is none"),
                                      std::pair("{", "no repeat")}) {
    EXPECT_THAT(matches_of(pattern, ""), AllOf(HasSubstr("the pattern '"), HasSubstr(what))) << pattern;
  }
  EXPECT_THAT(matches_of(std::string(70000, 'a'), ""), HasSubstr("more than 65536 bytes"));
  EXPECT_THAT(matches_of(std::string(200, '('), ""), HasSubstr("more than 100 groups"));
}

TEST(PatternSyntax, RefusesWhatCanTakeExponentialTime) {
  for (const char* pattern : {"(a+)+b", "(a|a)*b", "(?:a?){20}b", "((a*)b?)*c"}) {
    EXPECT_THAT(matches_of(pattern, "aaa"), HasSubstr("exponentially")) << pattern;
  }
  EXPECT_EQ(matches_of("(ab)+c?", "ababc"), "ababc");
}

}  // namespace
}  // namespace inferscale::tokenizer
