#include "quality/corpus.hpp"

#include <gmock/gmock.h>

#include <string>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::quality {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CorpusTest : public ::testing::Test {
 protected:
  Result<Corpus> read(std::string_view content, std::size_t max_lines = kCorpusLines) {
    EXPECT_TRUE(write_file_atomic(folder_ / "corpus.txt", content));
    return read_corpus(folder_ / "corpus.txt", max_lines);
  }
  std::string error_of(std::string_view content) {
    const auto corpus = read(content);
    EXPECT_FALSE(corpus);
    EXPECT_TRUE(corpus || corpus.error().usage);
    return corpus ? "" : corpus.error().message;
  }
  test::TemporaryFolder folder_;
};

TEST_F(CorpusTest, StripsLinesAndDropsEmptyOnes) {
  const auto corpus = read(" \r\n = Title = \r\n\n\tone\xc2\xa0\rtwo \x1f\n\xe3\x80\x80\nlast");
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_THAT(corpus->lines, ElementsAre("= Title =", "one", "two", "last"));
  EXPECT_EQ(corpus->sha256.size(), 64U);
}

TEST_F(CorpusTest, GivesEachLineTheTokensThatStandAroundATextWithinTheLimit) {
  ASSERT_TRUE(write_file_atomic(folder_ / "tokenizer.json", R"({"model": {"type": "BPE", "merges": [],
      "vocab": {"<s>": 0, "</s>": 1, "a": 2, "b": 3}}, "post_processor": {"type": "BertProcessing", "cls": ["<s>", 0],
      "sep": ["</s>", 1]}})"));
  const auto tokenizer = tokenizer::Tokenizer::load(folder_.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto sequences = tokenise_lines(*read("a\nabab\n"), *tokenizer, 4);
  EXPECT_THAT(sequences, ElementsAre(ElementsAre(0, 2, 1), ElementsAre(0, 2, 3, 1)));
  EXPECT_EQ(predicted_tokens(sequences), 5U);
}

TEST_F(CorpusTest, StripsWhatPythonStripsAndNothingElse) {
  EXPECT_EQ(strip("\v\f\x1c\xe2\x80\x83x y\xc2\x85\xe2\x80\xa9 "), "x y");
  EXPECT_EQ(strip("\xe1\xa0\x8e"), "\xe1\xa0\x8e");  // U+180E: white space for PCRE2, not for Python
  EXPECT_EQ(strip("\xe2\x80\x8b"), "\xe2\x80\x8b");  // U+200B, zero width
  EXPECT_EQ(strip(" \t\n"), "");
}

TEST_F(CorpusTest, StopsAtTheLinesAskedFor) {
  EXPECT_THAT(read("a\nb\n\nc\n", 2)->lines, ElementsAre("a", "b"));
  EXPECT_THAT(read("a\nb\n\nc\n", 0)->lines, ElementsAre("a", "b", "c"));
}

TEST_F(CorpusTest, RefusesWhatIsNotText) {
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of(" \n\r\n\t"), HasSubstr("nothing but white space"));
  EXPECT_THAT(error_of(std::string_view("text\0more", 9)), HasSubstr("byte 4 is zero"));
  EXPECT_THAT(error_of("text\xff\xfe"), HasSubstr("byte 4 is not part of a UTF-8 character"));
  const auto missing = read_corpus(folder_ / "missing.txt");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.txt"));
}

/// The figure of the protocol (docs/explanation/accuracy.md), which Python's tokenizers give too.
TEST(CorpusData, WikiTextPredictsAsManyTokensAsInTr118) {
  const std::filesystem::path data = INFERSCALE_TEST_DATA;
  const auto file = data / "wikitext-2-raw" / "wiki.test.raw";
  if (!std::filesystem::exists(file)) {
    GTEST_SKIP() << file << " is not there";
  }
  const auto tokenizer = tokenizer::Tokenizer::load(data / "gpt2-tokenizer");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto corpus = read_corpus(file);
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_EQ(corpus->lines.size(), kCorpusLines);
  EXPECT_EQ(predicted_tokens(tokenise_lines(*corpus, *tokenizer)), 72531U);
}

}  // namespace
}  // namespace inferscale::quality
