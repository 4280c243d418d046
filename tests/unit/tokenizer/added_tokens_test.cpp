#include "tokenizer/added_tokens.hpp"

#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

/// "text|#id|text"
std::string parts_of(const std::vector<AddedToken>& tokens, std::string_view text,
                     bool special_is_text = false) {
  const AddedTokenFinder finder = *AddedTokenFinder::make(tokens);
  PatternScratch scratch;
  std::string parts;
  finder.for_each_part(text, special_is_text, scratch, [&](const AddedTokenFinder::Part& part) {
    parts += parts.empty() ? "" : "|";
    parts += part.id < 0 ? std::string(text.substr(part.begin, part.end - part.begin))
                         : fmt::format("#{}", part.id);
  });
  return parts;
}

AddedToken token(std::string content, std::int32_t id) {
  AddedToken made;
  made.content = std::move(content);
  made.id = id;
  return made;
}

TEST(AddedTokenFinder, FindsTheLeftmostAndOfThoseTheLongest) {
  const std::vector<AddedToken> tokens{token("<a>", 1), token("<a><b>", 2), token("##", 3)};
  EXPECT_EQ(parts_of(tokens, "x<a><b>##"), "x|#2|#3");
  EXPECT_EQ(parts_of(tokens, "<a><a><b"), "#1|#1|<b");
  EXPECT_EQ(parts_of(tokens, "<a # <b>"), "<a # <b>");
}

TEST(AddedTokenFinder, LeavesSpecialOnesAsTextOnly) {
  AddedToken ordinary = token("<b>", 2);
  ordinary.special = false;
  EXPECT_EQ(parts_of({token("<a>", 1), ordinary}, "<a><b>", true), "<a>|#2");
}

TEST(AddedTokenFinder, FindsNothingWithoutTokensOrText) {
  EXPECT_EQ(parts_of({}, "<|endoftext|>"), "<|endoftext|>");
  EXPECT_EQ(parts_of({token("<a>", 1)}, ""), "");
}

TEST(AddedTokenFinder, TakesTheWhiteSpaceThatAFlagNames) {
  AddedToken mask = token("<m>", 1);
  mask.lstrip = true;
  EXPECT_EQ(parts_of({mask}, "a \u3000\n<m> b"), "a|#1| b");
  EXPECT_EQ(parts_of({mask}, " <m> <m>"), "#1|#1");
  mask.lstrip = false;
  mask.rstrip = true;
  EXPECT_EQ(parts_of({mask}, "a <m> \t b"), "a |#1|b");
}

TEST(AddedTokenFinder, LeavesASingleWordInsideAWordAlone) {
  AddedToken one = token("one", 1);
  one.single_word = true;
  EXPECT_EQ(parts_of({one}, "one, one-one"), "#1|, |#1|-|#1");
  EXPECT_EQ(parts_of({one}, "ones éone one_ one7 one\u0301"), "ones éone one_ one7 one\u0301");
}

}  // namespace
}  // namespace inferscale::tokenizer
