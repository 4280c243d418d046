#include "tokenizer/pre_tokenizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

using testing::HasSubstr;

class Pieces final : public PieceSink {
 public:
  void take(const Piece& piece) override {
    EXPECT_FALSE(piece.text.empty());
    EXPECT_GE(piece.readable, piece.text.size());
    joined += joined.empty() ? "" : "|";
    joined += piece.text;
  }
  std::string joined;
};

std::string cut(const std::string& json, std::string_view text, bool starts_text = true) {
  const auto pre_tokenizer = PreTokenizer::read(*parse_sorted_json(json, "test"), "pre_tokenizer");
  if (!pre_tokenizer) {
    return pre_tokenizer.error().message;
  }
  PatternScratch scratch;
  Pieces pieces;
  pre_tokenizer->cut({text, text.size(), starts_text}, scratch, pieces);
  return pieces.joined;
}

std::string split(const char* behavior, bool invert = false) {
  return fmt::format(R"({{"type": "Split", "pattern": {{"String": "-"}}, "behavior": "{}", "invert": {}}})",
                     behavior, invert);
}

TEST(PreTokenizer, SplitsByEachBehaviour) {
  const std::string text = "the-final--countdown";  // the example of tokenizers' documentation
  EXPECT_EQ(cut(split("Removed"), text), "the|final|countdown");
  EXPECT_EQ(cut(split("Isolated"), text), "the|-|final|-|-|countdown");
  EXPECT_EQ(cut(split("MergedWithPrevious"), text), "the-|final-|-|countdown");
  EXPECT_EQ(cut(split("MergedWithNext"), text), "the|-final|-|-countdown");
  EXPECT_EQ(cut(split("Contiguous"), text), "the|-|final|--|countdown");
  EXPECT_EQ(cut(split("Removed", true), text), "-|-|-");
}

TEST(PreTokenizer, CutsDigitsAloneOrTogether) {
  EXPECT_EQ(cut(R"({"type": "Digits", "individual_digits": true})", "a12 ½\U00011DE0"),
            "a|1|2| |½|\U00011DE0");
  EXPECT_EQ(cut(R"({"type": "Digits"})", "a12 3"), "a|12| |3");
}

TEST(PreTokenizer, MarksSpacesByEachScheme) {
  const auto metaspace = [](const char* more) {
    return fmt::format(R"({{"type": "Metaspace", "replacement": "_"{}}})", more);
  };
  EXPECT_EQ(cut(metaspace(""), "a  b_c"), "_a|_|_b|_c");
  EXPECT_EQ(cut(metaspace(R"(, "prepend_scheme": "first")"), "a b", false), "a|_b");
  EXPECT_EQ(cut(metaspace(R"(, "prepend_scheme": "first")"), "a b"), "_a|_b");
  EXPECT_EQ(cut(metaspace(R"(, "prepend_scheme": "never", "split": false)"), "a b"), "a_b");
  EXPECT_EQ(cut(metaspace(R"(, "add_prefix_space": false)"), " a b"), "_a|_b");
  EXPECT_THAT(cut(metaspace(R"(, "add_prefix_space": false, "prepend_scheme": "first")"), ""),
              HasSubstr("add_prefix_space is false, but prepend_scheme is 'first'"));
  EXPECT_THAT(cut(metaspace(R"(, "prepend_scheme": "last")"), ""),
              HasSubstr("'last' is not a prepend_scheme"));
}

TEST(PreTokenizer, HasByteLevelsFlags) {
  EXPECT_EQ(cut(R"({"type": "ByteLevel", "add_prefix_space": true, "use_regex": true})", "a 1"), " a| 1");
  EXPECT_EQ(cut(R"({"type": "ByteLevel", "add_prefix_space": true, "use_regex": false})", " a 1"), " a 1");
  EXPECT_EQ(cut("null", "a 1"), "a 1");
}

TEST(PreTokenizer, SeesEachPieceAsATextOfItsOwn) {
  EXPECT_EQ(cut(R"({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
                    {"type": "ByteLevel", "add_prefix_space": false}]})",
                "a  12"),
            "a|  |1|2");
}

TEST(PreTokenizer, NamesWhatItDoesNotHave) {
  EXPECT_THAT(
      cut(R"({"type": "Whitespace"})", ""),
      HasSubstr("pre_tokenizer: 'Whitespace' is not a pre-tokenizer that inferscale has: it has Split"));
  EXPECT_THAT(cut(split("Glued"), ""), HasSubstr("'Glued' is not a behavior"));
  EXPECT_THAT(
      cut(R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]})", ""),
      HasSubstr("'Digits' stands behind ByteLevel"));
  EXPECT_THAT(cut(R"({"type": "Split", "pattern": {"Regex": "(a+)+"}, "behavior": "Isolated"})", ""),
              HasSubstr("pre_tokenizer: Split: the pattern '(a+)+' has a repeat"));
  EXPECT_THAT(cut(R"({"type": "ByteLevel", "use_regex": 1})", ""),
              HasSubstr("use_regex must be true or false"));
  EXPECT_THAT(cut(R"({"type": "Metaspace", "replacement": "ab"})", ""), HasSubstr("must be one character"));
}

}  // namespace
}  // namespace inferscale::tokenizer
