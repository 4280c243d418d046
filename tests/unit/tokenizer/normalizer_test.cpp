#include "tokenizer/normalizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

using testing::HasSubstr;

std::string applied(const char* json, std::string_view text) {
  const auto normalizer = Normalizer::read(*parse_sorted_json(json, "test"), "normalizer");
  PatternScratch scratch;
  return normalizer ? normalizer->apply(text, scratch) : normalizer.error().message;
}

TEST(Normalizer, TakesTheStepsInOrder) {
  const char* llama2 = R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                           {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})";
  EXPECT_EQ(applied(llama2, "a  b"), "▁a▁▁b");
  EXPECT_EQ(applied(llama2, ""), "");
  EXPECT_EQ(applied("null", "a b"), "a b");
  EXPECT_EQ(applied(R"({"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": ""})", " a \u3000b"),
            "ab");
}

TEST(Normalizer, HasTheFourFormsOfUnicode) {
  EXPECT_EQ(applied(R"({"type": "NFC"})", "e\u0301 \u212B x\u0323\u0302"), "\u00E9 \u00C5 x\u0323\u0302");
  EXPECT_EQ(applied(R"({"type": "NFC"})", "\u1112\u1161\u11AB"), "\uD55C");
  EXPECT_EQ(applied(R"({"type": "NFD"})", "\u00E9"), "e\u0301");
  EXPECT_EQ(applied(R"({"type": "NFKC"})", "\uFB01\u00B2 e\u0301"), "fi2 \u00E9");
  EXPECT_EQ(applied(R"({"type": "NFKD"})", "\u2460\u00E9"), "1e\u0301");
}

TEST(Normalizer, LeavesMarksAloneThatCameAfterUnicode9) {
  // U+1AC1 (Unicode 13) has a combining class, by which it would move behind U+0300.
  EXPECT_EQ(applied(R"({"type": "NFC"})", "a\u0315\u1AC1\u0300"), "a\u0315\u1AC1\u0300");
}

TEST(Normalizer, NamesWhatItDoesNotHave) {
  EXPECT_THAT(applied(R"({"type": "Lowercase"})", ""),
              HasSubstr("normalizer: 'Lowercase' is not a normalizer that inferscale has: it has NFC"));
  EXPECT_THAT(applied(R"({"type": "Sequence"})", ""), HasSubstr("needs the list 'normalizers'"));
  EXPECT_THAT(applied("7", ""), HasSubstr("must be an object"));
  EXPECT_THAT(applied(R"({"type": "Replace", "pattern": 1, "content": ""})", ""),
              HasSubstr("pattern must be"));
  EXPECT_THAT(applied(R"({"type": "Replace", "pattern": {"String": "a"}})", ""),
              HasSubstr("content must be"));
  EXPECT_THAT(applied(R"({"type": "Prepend"})", ""), HasSubstr("prepend must be a string"));
}

}  // namespace
}  // namespace inferscale::tokenizer
