// Mutated files: a sentence that names a file, or a tokenizer that works; never a crash (run this under
// asan).
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {
namespace {

using test::TinyVocabulary;

/// One to four bytes changed, removed or repeated, or the end cut off.
std::string mutated(std::string text, std::mt19937& random) {
  for (std::size_t edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
    const std::size_t at = random() % text.size();
    switch (random() % 6) {
      case 0:
        text[at] = static_cast<char>(random() % 256);
        break;
      case 1:
        text.erase(at, 1 + random() % 20);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 30));
        break;
      case 3:
        text[at] = "{}[]\":,0 \n-e"[random() % 12];
        break;
      case 4:
        text.insert(at, 1, static_cast<char>(random() % 256));
        break;
      default:
        if (random() % 4 == 0) {
          text.resize(at);
        }
    }
  }
  return text;
}

/// `same`: any tokenizer that loads gives the text back.
void expect_sentence_or_tokenizer(const std::filesystem::path& folder, bool same) {
  const auto tokenizer = Tokenizer::load(folder);
  if (!tokenizer) {
    ASSERT_NE(tokenizer.error().message.find(folder.string()), std::string::npos)
        << tokenizer.error().message;
    ASSERT_EQ(tokenizer.error().message.find('\n'), std::string::npos) << tokenizer.error().message;
    return;
  }
  const std::string text = "hello  world<|endoftext|> \xFF\xE2\x82 worlds'll 12";
  const auto ids = tokenizer->encode(text);
  const auto decoded = tokenizer->decode(ids);
  ASSERT_TRUE(decoded) << decoded.error().message;
  if (same) {
    ASSERT_EQ(decoded, "hello  world<|endoftext|> \uFFFD\uFFFD worlds'll 12");
  }
}

TEST(Fuzz, EachFileOfAFolder) {
  std::mt19937 random(2026);
  const std::string tokens = TinyVocabulary().tokens().dump();
  const std::string merges = TinyVocabulary().merge_lines();
  const std::string configuration =
      R"({"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"264":{"content":"<|endoftext|>","special":true}}})";
  const test::TemporaryFolder folder;
  TinyVocabulary::write(folder / "added_tokens.json", R"({"<|pad|>": 265})");
  for (int round = 0; round < 400; ++round) {
    TinyVocabulary::write(folder / "vocab.json", round % 4 == 0 ? mutated(tokens, random) : tokens);
    TinyVocabulary::write(folder / "merges.txt", round % 4 == 1 ? mutated(merges, random) : merges);
    TinyVocabulary::write(folder / "tokenizer_config.json",
                          round % 4 == 2 ? mutated(configuration, random) : configuration);
    TinyVocabulary::write(folder / "added_tokens.json",
                          round % 4 == 3 ? mutated(R"({"<|pad|>": 265})", random) : R"({"<|pad|>": 265})");
    ASSERT_NO_FATAL_FAILURE(expect_sentence_or_tokenizer(folder.path(), true)) << "round " << round;
  }
}

TEST(Fuzz, TokenizerJson) {
  std::mt19937 random(1124);
  const std::string whole = TinyVocabulary().tokenizer_json().dump();
  const test::TemporaryFolder folder;
  for (int round = 0; round < 400; ++round) {
    TinyVocabulary::write(folder / "tokenizer.json", mutated(whole, random));
    ASSERT_NO_FATAL_FAILURE(expect_sentence_or_tokenizer(folder.path(), false)) << "round " << round;
  }
}

/// The steps alone, as most of a whole file is its vocabulary.
TEST(Fuzz, StepsOfAPipeline) {
  std::mt19937 random(25);
  const Json golden = *read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/tokenizer/pipelines.json");
  const test::TemporaryFolder folder;
  for (int round = 0; round < 1200; ++round) {
    const Json& change = golden["cases"][random() % golden["cases"].size()]["change"];
    Json whole = TinyVocabulary().tokenizer_json();
    constexpr std::array<const char*, 5> kParts{"normalizer", "pre_tokenizer", "post_processor", "decoder",
                                                "added_tokens"};
    const char* part = kParts[random() % kParts.size()];
    whole[part] = "PART";
    std::string text = whole.dump();
    const std::string before = change.contains(part) ? change[part].dump() : "null";
    text.replace(text.find("\"PART\""), 6, mutated(before, random));
    TinyVocabulary::write(folder / "tokenizer.json", text);
    ASSERT_NO_FATAL_FAILURE(expect_sentence_or_tokenizer(folder.path(), false)) << text.substr(0, 400);
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
