// The tokenizers of served models against what Hugging Face's tokenizers make of them
// (tests/golden/tokenizer/make_families.py), and against ids that llama.cpp ships. The files are no part of
// this repository: INFERSCALE_TOKENIZERS names the folder that tests/golden/tokenizer/fetch_tokenizers
// filled.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "every_character.hpp"
#include "ids_digest.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {
namespace {

std::filesystem::path wikitext_file() {
  return INFERSCALE_TEST_DATA "/wikitext-2-raw/wiki.test.raw";
}

std::filesystem::path folder_of_tokenizers() {
  const char* folder = std::getenv("INFERSCALE_TOKENIZERS");
  return folder == nullptr ? "" : folder;
}

class Families : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto file = folder_of_tokenizers() / GetParam() / "tokenizer.json";
    if (folder_of_tokenizers().empty() || !std::filesystem::exists(file)) {
      GTEST_SKIP()
          << "no tokenizer of " << GetParam()
          << ": INFERSCALE_TOKENIZERS names no folder with it (tests/golden/tokenizer/fetch_tokenizers)";
    }
    const Json golden = *read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/tokenizer/families.json");
    expected_ = golden["families"][GetParam()];
    const auto hex = golden["bytes"].get<std::string>();
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      unsigned byte = 0;
      std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
      bytes_ += static_cast<char>(byte);
    }
    if (sha256_hex(*read_file(file)) != expected_["file"].get<std::string>()) {
      GTEST_SKIP() << file << " is not the file that the expected ids were made of";
    }
    Result<Tokenizer> loaded = Tokenizer::load(file.parent_path());
    ASSERT_TRUE(loaded) << loaded.error().message;
    tokenizer_.emplace(std::move(*loaded));
  }
  void expect_same(const char* name, std::string_view text) {
    const auto ids = tokenizer_->encode(text);
    EXPECT_EQ(ids.size(), expected_[name]["count"].get<std::size_t>()) << name;
    EXPECT_EQ(test::digest_of(ids), expected_[name]["sha256"].get<std::string>()) << name;
  }
  Json expected_;
  std::string bytes_;
  std::optional<Tokenizer> tokenizer_;
};

INSTANTIATE_TEST_SUITE_P(Served, Families,
                         testing::Values("mistral", "llama3", "qwen3", "smollm2", "gemma3"));

TEST_P(Families, HaveTheIdsOfTokenizers) {
  std::string all;
  test::for_each_character(1, [&](const std::string& character) { all += character; });
  expect_same("every_character", all);
  expect_same("in_context", test::characters_in_context(5));
  expect_same("bytes", bytes_);
  EXPECT_EQ(tokenizer_->encode_for_model("Hello world", 100),
            expected_["for_model"].get<std::vector<std::int32_t>>());
}

TEST_P(Families, HaveTheIdsOfTokenizersOnWikitext) {
  if (!std::filesystem::exists(wikitext_file())) {
    GTEST_SKIP() << "no WikiText-2 at " << wikitext_file();
  }
  expect_same("wikitext", *read_file(wikitext_file()));
}

/// A text between each two marks, and a line of ids for each.
class LlamaCpp : public testing::TestWithParam<std::pair<const char*, const char*>> {};

INSTANTIATE_TEST_SUITE_P(Pairs, LlamaCpp,
                         testing::Values(std::pair("llama3", "llama-bpe"), std::pair("qwen3", "qwen2"),
                                         std::pair("../gpt2-tokenizer", "gpt-2")));

TEST_P(LlamaCpp, HaveTheSameIds) {
  const auto& [name, pair] = GetParam();
  const bool is_gpt2 = std::string_view(name).starts_with("..");
  const std::filesystem::path folder =
      is_gpt2 ? std::filesystem::path(INFERSCALE_TEST_DATA "/gpt2-tokenizer") : folder_of_tokenizers() / name;
  const auto stem = folder_of_tokenizers() / "llama.cpp" / (std::string("ggml-vocab-") + pair + ".gguf");
  if (folder_of_tokenizers().empty() || !std::filesystem::exists(stem.string() + ".inp") ||
      !std::filesystem::exists(folder)) {
    GTEST_SKIP()
        << "no texts of llama.cpp or no tokenizer for " << pair
        << ": INFERSCALE_TOKENIZERS names no folder with them (tests/golden/tokenizer/fetch_tokenizers)";
  }
  const auto tokenizer = Tokenizer::load(folder);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  constexpr std::string_view kMark = "\n__ggml_vocab_test__\n";
  const std::string texts = *read_file(stem.string() + ".inp");
  const std::string lines = *read_file(stem.string() + ".out");
  std::size_t line = 0;
  int compared = 0;
  for (std::size_t at = 0; at < texts.size();) {
    const std::size_t end = std::min(texts.find(kMark, at), texts.size());
    const std::size_t line_end = std::min(lines.find('\n', line), lines.size());
    std::string expected = lines.substr(line, line_end - line);
    std::string ids;
    for (const std::int32_t id : tokenizer->encode(std::string_view(texts).substr(at, end - at))) {
      ids += fmt::format(" {}", id);
    }
    EXPECT_EQ(ids, expected) << texts.substr(at, end - at);
    ++compared;
    line = line_end + 1;
    at = end + kMark.size();
  }
  EXPECT_GT(compared, 30);
}

}  // namespace
}  // namespace inferscale::tokenizer
