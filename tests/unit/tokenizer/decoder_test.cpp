#include "tokenizer/decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

using testing::HasSubstr;

std::string decoded(const char* json, std::vector<std::string> tokens) {
  const auto decoder = Decoder::read(*parse_sorted_json(json, "test"), "decoder");
  return decoder ? decoder->apply(std::move(tokens)) : decoder.error().message;
}

constexpr const char* kLlama2 =
    R"({"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})";

TEST(Decoder, JoinsLlamasTokens) {
  EXPECT_EQ(decoded(kLlama2, {"▁▁a", "▁b", "<0xE4>", "<0xB8>", "<0xAD>", "!"}), " a b中!");
  EXPECT_EQ(decoded(kLlama2, {"<0xE4>", "<0xB8>", "a", "<0x4>"}), "\uFFFD\uFFFDa<0x4>");
}

TEST(Decoder, HasBytesAndMetaspaceAndNone) {
  EXPECT_EQ(decoded(R"({"type": "ByteLevel"})", {"\u0120a", "\u00E4\u00B8\u0143", "\u4E2D"}), " a中中");
  EXPECT_EQ(decoded(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"})", {"▁a", "▁b"}),
            "a b");
  EXPECT_EQ(decoded(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"})", {"▁a", "▁b"}),
            " a b");
  EXPECT_EQ(decoded("null", {"", "a", "b"}), " a b");
}

TEST(Decoder, NamesWhatItDoesNotHave) {
  EXPECT_THAT(decoded(R"({"type": "WordPiece"})", {}),
              HasSubstr("'WordPiece' is not a decoder that inferscale has"));
  EXPECT_THAT(decoded(R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})", {}),
              HasSubstr("start must be an integer, 0 or more"));
  EXPECT_THAT(decoded(R"({"type": "Strip", "content": ""})", {}), HasSubstr("must be one character"));
}

}  // namespace
}  // namespace inferscale::tokenizer
