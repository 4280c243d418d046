#include "tokenizer/special_tokens.hpp"

#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

TEST(AddedTokenFinder, FindsTheLeftmostAndOfThoseTheLongest) {
  const AddedTokenFinder finder({{"<a>", 1}, {"<a><b>", 2}, {"##", 3}}, SpecialTokens::recognise);
  const auto first = finder.find("x<a><b>##", 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->begin, 1);
  EXPECT_EQ(first->end, 7);
  EXPECT_EQ(first->id, 2);
  const auto second = finder.find("x<a><b>##", first->end);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, 3);
  EXPECT_FALSE(finder.find("x<a><b>##", second->end));
  EXPECT_FALSE(finder.find("<a # <b>", 0));
}

TEST(AddedTokenFinder, AsTextLeavesOutSpecialOnesOnly) {
  const AddedTokenFinder finder({{"<a>", 1, true}, {"<b>", 2, false}}, SpecialTokens::as_text);
  const auto found = finder.find("<a><b>", 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, 2);
}

TEST(AddedTokenFinder, FindsNothingWithoutTokensOrText) {
  EXPECT_FALSE(AddedTokenFinder({}, SpecialTokens::recognise).find("<|endoftext|>", 0));
  EXPECT_FALSE(AddedTokenFinder({{"<a>", 1}}, SpecialTokens::recognise).find("", 0));
}

}  // namespace
}  // namespace inferscale::tokenizer
