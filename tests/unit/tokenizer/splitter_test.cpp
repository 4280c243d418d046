#include "tokenizer/splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace inferscale::tokenizer {
namespace {

using testing::ElementsAre;

std::vector<std::string> pieces_of(const Splitter& splitter, std::string_view text) {
  const Splitter::Matcher matcher(splitter);
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = matcher.end_of_piece(text, at);
    pieces.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

std::vector<std::string> pieces_of(std::string_view text) {
  return pieces_of(*Splitter::make(), text);
}

TEST(Splitter, CutsWordsNumbersAndPunctuationWithTheSpaceBeforeThem) {
  EXPECT_THAT(pieces_of("Hello, world 42!?x1"), ElementsAre("Hello", ",", " world", " 42", "!?", "x", "1"));
}

TEST(Splitter, CutsContractionsInLowerCaseOnly) {
  EXPECT_THAT(pieces_of("I'll we've 'S it's''d"),
              ElementsAre("I", "'ll", " we", "'ve", " '", "S", " it", "'s", "''", "d"));
}

TEST(Splitter, LeavesTheLastSpaceOfARunToTheNextWord) {
  EXPECT_THAT(pieces_of("a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(pieces_of("a \n b\n"), ElementsAre("a", " \n", " b", "\n"));
  EXPECT_THAT(pieces_of("a\t\tb"), ElementsAre("a", "\t", "\t", "b"));
  EXPECT_THAT(pieces_of("a   "), ElementsAre("a", "   "));
}

TEST(Splitter, KnowsWhiteSpaceOfUnicodeAndNoMore) {
  EXPECT_THAT(pieces_of("a\u3000\u0085\u2028b"), ElementsAre("a", "\u3000\u0085", "\u2028", "b"));
  // U+180E was white space until Unicode 6.3, and PCRE2's \s still has it; U+200B and U+001C never were.
  EXPECT_THAT(pieces_of(" \u180E \u200B\x1C"), ElementsAre(" \u180E", " \u200B\x1C"));
}

TEST(Splitter, KnowsLettersAndNumbersOfUnicode16WhateverPcre2Has) {
  EXPECT_THAT(pieces_of("a\U00010D4A1\U00010D40"), ElementsAre("a\U00010D4A", "1\U00010D40"));
}

TEST(Splitter, HasNoLimitOnTheLengthOfARun) {
  constexpr std::size_t kMillion = 1'000'000;
  for (const auto engine : {Splitter::Engine::compiled, Splitter::Engine::interpreted}) {
    const Splitter splitter = *Splitter::make(engine);
    for (const char c : {'a', '7', '!', '\''}) {
      EXPECT_EQ(pieces_of(splitter, std::string(kMillion, c)).size(), 1) << c;
    }
    EXPECT_THAT(pieces_of(splitter, std::string(kMillion, ' ') + "x"),
                ElementsAre(std::string(kMillion - 1, ' '), " x"));
    EXPECT_THAT(pieces_of(splitter, std::string(kMillion, '\n')), ElementsAre(std::string(kMillion, '\n')));
  }
}

TEST(Splitter, GivesTheSamePiecesInterpreted) {
  const Splitter compiled = *Splitter::make();
  const Splitter interpreted = *Splitter::make(Splitter::Engine::interpreted);
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

}  // namespace
}  // namespace inferscale::tokenizer
