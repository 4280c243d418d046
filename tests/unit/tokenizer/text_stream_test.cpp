#include "tokenizer/text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "tokenizer/stop_tokens.hpp"

namespace inferscale::tokenizer {
namespace {

using ::testing::ElementsAre;

/// A byte-level vocabulary of single bytes: every character that is not ASCII is of several tokens.
Result<Tokenizer> bytes_only(const std::filesystem::path& folder) {
  std::string vocabulary;
  // GPT-2's alphabet: printable bytes stand for themselves, all others for the characters from U+0100 on.
  int next = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const int code = printable ? byte : 256 + next++;
    std::string key;
    if (code < 128) {
      key = code == '"' || code == '\\' ? std::string("\\") + static_cast<char>(code)
                                        : std::string(1, static_cast<char>(code));
    } else {
      key += static_cast<char>(0xC0 | (code >> 6));
      key += static_cast<char>(0x80 | (code & 0x3F));
    }
    vocabulary += (byte == 0 ? "\"" : ",\"") + key + "\":" + std::to_string(byte);
  }
  TRY(write_file_atomic(folder / "vocab.json", "{" + vocabulary + "}"));
  TRY(write_file_atomic(folder / "merges.txt", "#version: 0.2\n"));
  return Tokenizer::load(folder);
}

std::vector<std::string> pieces(TextStream& stream, std::string_view text) {
  std::vector<std::string> given;
  for (const char byte : text) {
    const auto added = stream.add(static_cast<unsigned char>(byte));
    EXPECT_TRUE(added) << added.error().message;
    given.push_back(added.value_or("?"));
  }
  return given;
}

TEST(TextStream, GivesACharacterOutWhenItIsWhole) {
  const test::TemporaryFolder folder;
  const auto tokenizer = bytes_only(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  auto stream = TextStream::after(*tokenizer, {'a', 'b'});
  ASSERT_TRUE(stream);
  EXPECT_THAT(pieces(*stream, "c\u00e9\U0001F600d"),
              ElementsAre("c", "", "\u00e9", "", "", "", "\U0001F600", "d"));
  EXPECT_EQ(*stream->rest(), "");
}

TEST(TextStream, EndsWithWhatNeverBecameACharacter) {
  const test::TemporaryFolder folder;
  const auto tokenizer = bytes_only(folder.path());
  ASSERT_TRUE(tokenizer);
  auto stream = TextStream::after(*tokenizer, {});
  ASSERT_TRUE(stream);
  EXPECT_THAT(pieces(*stream, "x\xe2\x82"), ElementsAre("x", "", ""));
  EXPECT_EQ(*stream->rest(), "\uFFFD");
}

TEST(TextStream, PassesOverIdsThatStandForNoToken) {
  const test::TemporaryFolder folder;
  const auto tokenizer = bytes_only(folder.path());
  ASSERT_TRUE(tokenizer);
  EXPECT_FALSE(tokenizer->has(256));
  EXPECT_FALSE(tokenizer->has(-1));
  auto stream = TextStream::after(*tokenizer, {'a'});
  ASSERT_TRUE(stream);
  std::string text;
  for (const std::int32_t id : {int{'b'}, 256, 0xC3, 300, 0xA9}) {
    const auto added = stream->add(id);
    ASSERT_TRUE(added) << added.error().message;
    text += *added;
  }
  EXPECT_EQ(text + *stream->rest(), "b\u00e9");
}

TEST(TextStream, GivesBytesOutThatCannotBecomeACharacter) {
  const test::TemporaryFolder folder;
  const auto tokenizer = bytes_only(folder.path());
  ASSERT_TRUE(tokenizer);
  auto stream = TextStream::after(*tokenizer, {});
  ASSERT_TRUE(stream);
  EXPECT_THAT(pieces(*stream,
                     "\xe2"
                     "a"),
              ElementsAre("",
                          "\uFFFD"
                          "a"));
}

TEST(StopTokens, AreANumberOrAListOfTheFirstFileThatSaysThem) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(*stop_tokens(folder.path()), ElementsAre());
  ASSERT_TRUE(write_file_atomic(folder / "config.json", R"({"eos_token_id": 2})"));
  EXPECT_THAT(*stop_tokens(folder.path()), ElementsAre(2));
  ASSERT_TRUE(write_file_atomic(folder / "generation_config.json", R"({"eos_token_id": [7, 9]})"));
  EXPECT_THAT(*stop_tokens(folder.path()), ElementsAre(7, 9));
  ASSERT_TRUE(write_file_atomic(folder / "generation_config.json", R"({"eos_token_id": null})"));
  EXPECT_THAT(*stop_tokens(folder.path()), ElementsAre(2));
}

}  // namespace
}  // namespace inferscale::tokenizer
