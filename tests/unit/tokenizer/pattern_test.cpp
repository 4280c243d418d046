#include "tokenizer/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tokenizer/known_patterns.hpp"

namespace inferscale::tokenizer {
namespace {

using testing::ElementsAre;

std::vector<std::string> pieces_of(const Pattern& pattern, std::string_view text) {
  PatternScratch scratch;
  std::vector<std::string> pieces;
  pattern.for_each_part(text, scratch, [&](std::size_t begin, std::size_t end, bool is_match) {
    EXPECT_TRUE(is_match) << "GPT-2's pattern matches everything";
    pieces.emplace_back(text.substr(begin, end - begin));
  });
  return pieces;
}

Pattern gpt2(Pattern::Engine engine = Pattern::Engine::compiled) {
  return *Pattern::compile(kGpt2Pattern, engine);
}

std::vector<std::string> pieces_of(std::string_view text) {
  return pieces_of(gpt2(), text);
}

TEST(Gpt2Pattern, CutsWordsNumbersAndPunctuationWithTheSpaceBeforeThem) {
  EXPECT_THAT(pieces_of("Hello, world 42!?x1"), ElementsAre("Hello", ",", " world", " 42", "!?", "x", "1"));
}

TEST(Gpt2Pattern, CutsContractionsInLowerCaseOnly) {
  EXPECT_THAT(pieces_of("I'll we've 'S it's''d"),
              ElementsAre("I", "'ll", " we", "'ve", " '", "S", " it", "'s", "''", "d"));
}

TEST(Gpt2Pattern, LeavesTheLastSpaceOfARunToTheNextWord) {
  EXPECT_THAT(pieces_of("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(pieces_of("a \n b\n"), ElementsAre("a", " \n", " b", "\n"));
  EXPECT_THAT(pieces_of("a\t\tb"), ElementsAre("a", "\t", "\t", "b"));
  EXPECT_THAT(pieces_of("a   "), ElementsAre("a", "   "));
}

TEST(Gpt2Pattern, KnowsWhiteSpaceOfUnicodeAndNoMore) {
  EXPECT_THAT(pieces_of("a\u3000\u0085\u2028b"), ElementsAre("a", "\u3000\u0085", "\u2028", "b"));
  // U+180E was white space until Unicode 6.3, and PCRE2's \s still has it; U+200B and U+001C never were.
  EXPECT_THAT(pieces_of(" \u180E \u200B\x1C"), ElementsAre(" \u180E", " \u200B\x1C"));
}

TEST(Gpt2Pattern, KnowsLettersAndNumbersOfUnicode16WhateverPcre2Has) {
  EXPECT_THAT(pieces_of("a\U00010D4A1\U00010D40"), ElementsAre("a\U00010D4A", "1\U00010D40"));
}

TEST(Gpt2Pattern, HasNoLimitOnTheLengthOfARun) {
  constexpr std::size_t kMillion = 1'000'000;
  for (const auto engine : {Pattern::Engine::compiled, Pattern::Engine::interpreted}) {
    const Pattern pattern = gpt2(engine);
    for (const char c : {'a', '7', '!', '\''}) {
      EXPECT_EQ(pieces_of(pattern, std::string(kMillion, c)).size(), 1) << c;
    }
    EXPECT_THAT(pieces_of(pattern, std::string(kMillion, ' ') + "x"),
                ElementsAre(std::string(kMillion - 1, ' '), " x"));
    EXPECT_THAT(pieces_of(pattern, std::string(kMillion, '\n')), ElementsAre(std::string(kMillion, '\n')));
  }
}

TEST(Gpt2Pattern, GivesTheSamePiecesInterpreted) {
  const Pattern compiled = gpt2();
  const Pattern interpreted = gpt2(Pattern::Engine::interpreted);
  const std::vector<std::string> parts{" ", "  ",     "\n",     "'",          "'s",         "'ll",
                                       "a", "Z",      "é",      "中",         "7",          "½",
                                       "!", "\u3000", "\u0301", "\U0001F600", "\U00016D40", "\u180E"};
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i) {
      text += parts[random() % parts.size()];
    }
    const auto pieces = pieces_of(compiled, text);
    ASSERT_EQ(pieces, pieces_of(interpreted, text)) << text;
    std::string joined;
    for (const std::string& piece : pieces) {
      joined += piece;
    }
    ASSERT_EQ(joined, text);
  }
}

TEST(Pattern, FindsMatchesAndWhatLiesBetweenThem) {
  const Pattern pattern = *Pattern::compile("b+|(?=d)");
  PatternScratch scratch;
  std::string parts;
  pattern.for_each_part("abbcdb", scratch, [&](std::size_t begin, std::size_t end, bool is_match) {
    parts += fmt::format("{}-{}{} ", begin, end, is_match ? "!" : "");
  });
  EXPECT_EQ(parts, "0-1 1-3! 3-4 4-4! 4-5 5-6! ");
}

TEST(Pattern, HandTunedOnesMatchAsTheyAreWritten) {
  // The same pattern in a group, which is not known, is translated.
  const std::string numbers_of_three = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| )"
                                       R"(?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  std::string numbers_alone = numbers_of_three;
  numbers_alone.erase(numbers_alone.find("{1,3}"), 5);
  const std::vector<std::string> parts{
      " ", "  ", "\n", "\r\n", "'",  "'s", "'LL", "'\u017F", "a",      "Z",      "é",          "中",
      "7", "42", "½",  "!",    "\t", "ſ",  "_",   "\u3000",  "\u0301", "\u180E", "\U0001F600", "\U00010D4A"};
  std::mt19937 random(11);
  PatternScratch scratch;
  for (const std::string& text : {std::string(kGpt2Pattern), numbers_of_three, numbers_alone}) {
    ASSERT_TRUE(hand_tuned_pattern(text)) << text;
    const Pattern tuned = *Pattern::compile(text);
    const Pattern written = *Pattern::compile("(?:" + text + ")");
    for (int round = 0; round < 500; ++round) {
      std::string subject;
      for (int i = 0; i < 30; ++i) {
        subject += parts[random() % parts.size()];
      }
      for (std::size_t at = 0; at < subject.size();) {
        Pattern::Match a;
        Pattern::Match b;
        ASSERT_TRUE(tuned.find(subject, at, scratch, a) && written.find(subject, at, scratch, b)) << subject;
        ASSERT_EQ(std::pair(a.begin, a.end), std::pair(b.begin, b.end)) << subject;
        at = a.end;
      }
    }
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
