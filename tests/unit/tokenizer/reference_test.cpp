// GPT-2's own files against what tiktoken and transformers make of them
// (tests/golden/tokenizer/make_reference.py).
#include <gtest/gtest.h>

#include <filesystem>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/sha256.hpp"
#include "every_character.hpp"
#include "ids_digest.hpp"
#include "tokenizer/known_patterns.hpp"
#include "tokenizer/pattern.hpp"
#include "tokenizer/tokenizer.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

const std::filesystem::path kFolder = INFERSCALE_TEST_DATA "/gpt2-tokenizer";
const std::filesystem::path kWikitext = INFERSCALE_TEST_DATA "/wikitext-2-raw/wiki.test.raw";

Json reference() {
  return *read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/tokenizer/reference.json");
}

const Tokenizer& gpt2() {
  static const Tokenizer tokenizer = *Tokenizer::load(kFolder);
  return tokenizer;
}

void expect_same(const Json& expected, const std::vector<std::int32_t>& ids) {
  EXPECT_EQ(ids.size(), expected["count"].get<std::size_t>());
  EXPECT_EQ(test::digest_of(ids), expected["sha256"].get<std::string>());
}

using test::for_each_character;

TEST(Reference, ReplacedUtf8IsPythons) {
  const Json expected = reference()["replaced"];
  std::string edges;
  const auto hex = expected["edges"].get<std::string>();
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    edges += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  std::string all;
  for (const char a : edges) {
    for (const char b : edges) {
      for (const char c : edges) {
        for (const char d : edges) {
          all += all.empty() ? "" : "\n";
          all += replace_invalid_utf8(std::string{a, b, c, d});
        }
      }
    }
  }
  EXPECT_EQ(sha256_hex(all), expected["sha256"].get<std::string>());
}

/// What the pattern takes a character for, from what it stays together with: "a?", "1?", "!?", or none of
/// them.
char class_of(const Pattern& pattern, PatternScratch& scratch, const std::string& character) {
  std::string text = "a";
  text.append(character).append("1").append(character).append("!").append(character);
  const auto end_of_piece = [&](std::size_t begin) {
    Pattern::Match match;
    EXPECT_TRUE(pattern.find(text, begin, scratch, match));
    return match.end;
  };
  if (end_of_piece(0) > 1) {
    return 'L';
  }
  const std::size_t one = 1 + character.size();
  if (end_of_piece(one) > one + 1) {
    return 'N';
  }
  const std::size_t mark = one + 1 + character.size();
  return end_of_piece(mark) > mark + 1 ? 'O' : 'S';
}

TEST(Reference, EveryCharacterHasItsClassOfUnicode16) {
  const Json expected = reference()["classes"];
  const Pattern pattern = *Pattern::compile(kGpt2Pattern);
  PatternScratch scratch;
  std::string classes;
  for_each_character(1,
                     [&](const std::string& character) { classes += class_of(pattern, scratch, character); });
  for (const auto& [name, count] : expected["counts"].items()) {
    EXPECT_EQ(std::count(classes.begin(), classes.end(), name[0]), count.get<int>())
        << name << ": does this PCRE2 have a Unicode later than 16?";
  }
  EXPECT_EQ(sha256_hex(classes), expected["sha256"].get<std::string>());
}

class Gpt2Reference : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder / "vocab.json")) {
      GTEST_SKIP() << "no GPT-2 tokenizer at " << kFolder;
    }
  }
};

TEST_F(Gpt2Reference, SmallTexts) {
  const Json cases = reference()["cases"];
  ASSERT_GT(cases.size(), 80);
  for (const Json& item : cases) {
    std::string text;
    if (item.contains("text")) {
      text = item["text"].get<std::string>();
    } else {
      const auto hex = item["hex"].get<std::string>();
      for (std::size_t i = 0; i < hex.size(); i += 2) {
        text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      }
    }
    const auto ids = gpt2().encode(text);
    EXPECT_EQ(ids, item["ids"].get<std::vector<std::int32_t>>()) << to_line(item);
    EXPECT_EQ(*gpt2().decode(ids), replace_invalid_utf8(text));
  }
}

TEST_F(Gpt2Reference, EveryUnicodeCharacter) {
  const Json expected = reference();
  std::string all;
  for_each_character(1, [&](const std::string& character) { all += character; });
  expect_same(expected["every_character"], gpt2().encode(all));
  expect_same(expected["every_17th_character_in_context"], gpt2().encode(test::characters_in_context(17)));
}

TEST_F(Gpt2Reference, AMillionOfOneCharacter) {
  expect_same(reference()["million_a"], gpt2().encode(std::string(1'000'000, 'a')));
  for (const char c : {' ', '\n', '!', '7'}) {
    const std::string run(1'000'000, c);
    EXPECT_TRUE(*gpt2().decode(gpt2().encode(run)) == run) << c;
  }
}

TEST_F(Gpt2Reference, VocabularyAndSpecialToken) {
  EXPECT_EQ(gpt2().vocabulary_size(), 50257);
  EXPECT_EQ(gpt2().end_of_text(), 50256);
  EXPECT_EQ(gpt2().encode("<|endoftext|>"), std::vector<std::int32_t>{50256});
  EXPECT_EQ(gpt2().encode("<|endoftext|>", SpecialTokens::as_text),
            (std::vector<std::int32_t>{27, 91, 437, 1659, 5239, 91, 29}));
  EXPECT_TRUE(gpt2().check_fits(50257));
  EXPECT_FALSE(gpt2().check_fits(50256));
}

class WikitextReference : public Gpt2Reference {
 protected:
  void SetUp() override {
    Gpt2Reference::SetUp();
    if (!IsSkipped() && !std::filesystem::exists(kWikitext)) {
      GTEST_SKIP() << "no WikiText-2 at " << kWikitext;
    }
  }
};

TEST_F(WikitextReference, WholeFile) {
  const std::string text = *read_file(kWikitext);
  const auto ids = gpt2().encode(text);
  expect_same(reference()["wikitext"], ids);
  EXPECT_TRUE(*gpt2().decode(ids) == text);
}

TEST_F(WikitextReference, PerplexityProtocolPredicts72531Tokens) {
  // Lines stripped, empty ones dropped, the first 1,000, each cut to 128 tokens; the first token is not
  // predicted.
  const std::string text = *read_file(kWikitext);
  std::string_view rest = text;
  int lines = 0;
  std::size_t predicted = 0;
  while (lines < 1000 && !rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    const std::size_t begin = line.find_first_not_of(" \r");  // its lines end with "\r\n"
    if (begin == std::string_view::npos) {
      continue;
    }
    line = line.substr(begin, line.find_last_not_of(" \r") + 1 - begin);
    predicted += std::min<std::size_t>(gpt2().encode(line).size(), 128) - 1;
    ++lines;
  }
  EXPECT_EQ(lines, 1000);
  EXPECT_EQ(predicted, 72531);
}

}  // namespace
}  // namespace inferscale::tokenizer
