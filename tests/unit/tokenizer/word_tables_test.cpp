#include "tokenizer/word_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace inferscale::tokenizer {
namespace {

ShortWord word_of(std::string_view text) {
  return ShortWord::of(text, text.size());
}

TEST(ShortWord, DependsOnTheBytesOfThePieceAlone) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz";
  const std::string other = "abcdefghijklmno################";
  for (std::size_t length = 1; length <= ShortWord::kMaxBytes; ++length) {
    const std::string_view piece = std::string_view(text).substr(0, length);
    EXPECT_EQ(ShortWord::of(piece, text.size()), ShortWord::of(piece, length)) << length;
    EXPECT_EQ(ShortWord::of(piece, text.size()),
              ShortWord::of(std::string_view(other).substr(0, length), other.size()))
        << length;
  }
}

TEST(ShortWord, TellsBytesAndLengthsApart) {
  const std::string zeros(15, '\0');
  EXPECT_FALSE(word_of(zeros.substr(0, 1)) == word_of(zeros.substr(0, 2)));
  EXPECT_FALSE(word_of(zeros.substr(0, 8)) == word_of(zeros.substr(0, 9)));
  EXPECT_FALSE(word_of("ab") == word_of("ba"));
  EXPECT_FALSE(word_of("12345678a") == word_of("12345678b"));
}

TEST(WholeWords, FindsWhatWasInsertedAndNothingElse) {
  WholeWords words(2000);
  for (int i = 0; i < 2000; ++i) {
    words.insert(word_of(std::to_string(i)), i);
  }
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(words.find(word_of(std::to_string(i))), i);
  }
  EXPECT_EQ(words.find(word_of("2000")), -1);
  EXPECT_EQ(words.find(word_of("x")), -1);
}

TEST(RecentWords, RemembersTheLastOfASlotAndNeverMixesWords) {
  RecentWords words;
  // More than the slots: some are overwritten, none may answer for another.
  constexpr std::int32_t kWords = 100'000;
  for (std::int32_t i = 0; i < kWords; ++i) {
    const std::array<std::int32_t, 2> tokens{i, i + 1};
    words.insert(word_of(std::to_string(i)), tokens.data(), tokens.size());
    ASSERT_NE(words.find(word_of(std::to_string(i))), nullptr);
  }
  int kept = 0;
  for (std::int32_t i = 0; i < kWords; ++i) {
    if (const RecentWords::Tokens* tokens = words.find(word_of(std::to_string(i)))) {
      EXPECT_THAT(*tokens, testing::ElementsAre(i, i + 1, -1, -1));
      ++kept;
    }
  }
  EXPECT_GT(kept, 20'000);
}

}  // namespace
}  // namespace inferscale::tokenizer
