#include "tokenizer/tokenizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

using test::TinyVocabulary;
using testing::ElementsAre;
using testing::HasSubstr;

/// The same vocabulary from either kind of file.
class BothKinds : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      TinyVocabulary::write(folder_ / "tokenizer.json", TinyVocabulary().tokenizer_json().dump());
    } else {
      TinyVocabulary().write_two_files(folder_.path());
    }
    Result<Tokenizer> loaded = Tokenizer::load(folder_.path());
    ASSERT_TRUE(loaded) << loaded.error().message;
    tokenizer_.emplace(std::move(*loaded));
  }

  test::TemporaryFolder folder_;
  std::optional<Tokenizer> tokenizer_;
};

INSTANTIATE_TEST_SUITE_P(Tokenizer, BothKinds, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "TokenizerJson" : "VocabAndMerges"; });

std::int32_t id_of(char byte) {
  return static_cast<unsigned char>(byte);
}

TEST_P(BothKinds, MergesWithinWords) {
  EXPECT_THAT(tokenizer_->encode("hello"), ElementsAre(TinyVocabulary::kHello));
  EXPECT_THAT(tokenizer_->encode("hello world"),
              ElementsAre(TinyVocabulary::kHello, TinyVocabulary::kSpaceWor, id_of('l'), id_of('d')));
  EXPECT_THAT(tokenizer_->encode("h   w"), ElementsAre(id_of('h'), TinyVocabulary::kTwoSpaces, 260));
  EXPECT_THAT(tokenizer_->encode(""), ElementsAre());
}

TEST_P(BothKinds, GivesTheSameIdsAgain) {
  // The second time, the words come from the table of recent words.
  const std::string text = "hellhole world worlds hellworld hellhole world worlds hellworld";
  const auto once = tokenizer_->encode(text);
  EXPECT_EQ(tokenizer_->encode(text), once);
  EXPECT_EQ(*tokenizer_->decode(once), text);
}

TEST_P(BothKinds, SpecialTokensAreRecognisedOrText) {
  const std::string text = "hello<|endoftext|> w";
  EXPECT_THAT(tokenizer_->encode(text), ElementsAre(TinyVocabulary::kHello, TinyVocabulary::kEndOfText, 260));
  const auto as_text = tokenizer_->encode(text, SpecialTokens::as_text);
  EXPECT_THAT(as_text, testing::Not(testing::Contains(TinyVocabulary::kEndOfText)));
  EXPECT_EQ(*tokenizer_->decode(as_text), text);
  EXPECT_EQ(tokenizer_->end_of_text(), TinyVocabulary::kEndOfText);
}

TEST_P(BothKinds, SpacesBeforeASpecialTokenEndAText) {
  // "\s+(?!\S)" takes all of them: the pattern does not see the token.
  EXPECT_THAT(tokenizer_->encode("   <|endoftext|>"),
              ElementsAre(TinyVocabulary::kTwoSpaces, id_of(' '), TinyVocabulary::kEndOfText));
}

TEST_P(BothKinds, RoundTripsAnyBytesUpToReplacement) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = random() % 90; i > 0; --i) {
      text += random() % 3 == 0 ? static_cast<char>(random() % 256) : "hello w"[random() % 7];
    }
    for (const auto special : {SpecialTokens::recognise, SpecialTokens::as_text}) {
      ASSERT_EQ(*tokenizer_->decode(tokenizer_->encode(text, special)), replace_invalid_utf8(text));
    }
  }
}

TEST_P(BothKinds, DecodeNamesAnIdThatIsNotInTheVocabulary) {
  for (const std::int32_t id : {-1, 265, 1 << 30}) {
    const auto decoded = tokenizer_->decode(std::vector<std::int32_t>{0, id});
    ASSERT_FALSE(decoded);
    EXPECT_THAT(decoded.error().message, HasSubstr(fmt::format("token 1 of the sequence has id {}", id)));
  }
  EXPECT_EQ(*tokenizer_->decode({}), "");
}

TEST_P(BothKinds, FitsAModelWithARowForEveryId) {
  EXPECT_EQ(tokenizer_->vocabulary_size(), 265);
  EXPECT_TRUE(tokenizer_->check_fits(265));
  EXPECT_TRUE(tokenizer_->check_fits(320));
  EXPECT_THAT(tokenizer_->check_fits(264).error().message,
              HasSubstr("ids up to 264, but the model has only 264 embeddings"));
}

TEST_P(BothKinds, ServesSeveralThreadsAtOnce) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += fmt::format(" hello{} worl{}d", i % 97, i % 89);
  }
  const auto expected = tokenizer_->encode(text);
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        count += tokenizer_->encode(text) == expected ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(wrong, testing::Each(0));
}

TEST(Tokenizer, TakesAddedTokensFromTheFilesBesideTheVocabulary) {
  const test::TemporaryFolder folder;
  TinyVocabulary().write_two_files(folder.path());
  TinyVocabulary::write(folder / "added_tokens.json", R"({"<|pad|>": 265})");
  TinyVocabulary::write(folder / "tokenizer_config.json",
                        R"({"tokenizer_class": "GPT2Tokenizer", "added_tokens_decoder": {
                            "264": {"content": "<|endoftext|>", "special": true},
                            "267": {"content": "<kept>", "special": false}}})");
  const auto tokenizer = Tokenizer::load(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(tokenizer->encode("<|pad|><kept><|endoftext|>"), ElementsAre(265, 267, 264));
  EXPECT_THAT(tokenizer->encode("<kept>", SpecialTokens::as_text), ElementsAre(267));
  EXPECT_EQ(tokenizer->vocabulary_size(), 268);
  EXPECT_FALSE(tokenizer->decode(std::vector<std::int32_t>{266})) << "a hole in the ids";
}

TEST(Tokenizer, ReadsMergesWithoutAVersionAndWithWindowsLineEndings) {
  const test::TemporaryFolder folder;
  TinyVocabulary().write_two_files(folder.path());
  std::string lines = TinyVocabulary().merge_lines();
  lines.erase(0, lines.find('\n') + 1);
  std::string windows;
  for (const char c : lines) {
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  }
  for (const std::string& text : {lines, windows, lines.substr(0, lines.size() - 1)}) {
    TinyVocabulary::write(folder / "merges.txt", text);
    const auto tokenizer = Tokenizer::load(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_THAT(tokenizer->encode("hello"), ElementsAre(TinyVocabulary::kHello));
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
