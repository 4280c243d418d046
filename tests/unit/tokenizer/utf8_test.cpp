#include "tokenizer/utf8.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace inferscale::tokenizer {
namespace {

TEST(ReplaceInvalidUtf8, KeepsWhatIsWellFormed) {
  for (const std::string text :
       {"", "a", "0123456789abcdef0123", "é中\U0001F600", "\U0010FFFF\uD7FF\uE000"}) {
    EXPECT_EQ(replace_invalid_utf8(text), text);
    EXPECT_EQ(valid_utf8_prefix(text), text.size());
  }
}

// Expected values are those of Python 3.11's bytes.decode('utf-8', 'replace').
TEST(ReplaceInvalidUtf8, ReplacesMaximalSubparts) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\x80", "\uFFFD"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},                      // overlong: no lead byte at all
      {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},            // overlong: the second byte is out of its range
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // above U+10FFFF
      {"\xE2\x82", "\uFFFD"},                            // cut short: one for the whole prefix
      {"\xF0\x9F\x98", "\uFFFD"},
      {"\xF0\x9F\x98x", "\uFFFDx"},
      {"\xF0\x9F\xF0\x9F\x98\x80", "\uFFFD\U0001F600"},
      {"12345678\xFF"
       "12345678",
       "12345678\uFFFD12345678"},
      {std::string("\0\xFF\0", 3), std::string("\0\uFFFD\0", 5)},
  };
  for (const auto& [bytes, expected] : cases) {
    EXPECT_EQ(replace_invalid_utf8(bytes), expected) << testing::PrintToString(bytes);
  }
}

TEST(ValidUtf8Prefix, EndsBeforeTheFirstBadByteWhereverItStands) {
  for (std::size_t place = 0; place < 40; ++place) {
    std::string text(40, 'a');
    text[place] = '\xC2';
    EXPECT_EQ(valid_utf8_prefix(text), place);
  }
}

TEST(AppendUtf8, RoundTripsEveryScalarValue) {
  for (char32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) {
      continue;
    }
    std::string text;
    append_utf8(text, c);
    const Utf8Step step = utf8_step(text);
    ASSERT_TRUE(step.valid) << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(step.length, text.size());
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
