// vocab.json and merges.txt that are missing, malformed, of another family, or not each other's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {
namespace {

using test::TinyVocabulary;
using testing::AllOf;
using testing::HasSubstr;

class LoadErrors : public testing::Test {
 protected:
  LoadErrors() { TinyVocabulary().write_two_files(folder_.path()); }

  void write(std::string_view name, std::string_view content) {
    TinyVocabulary::write(folder_ / name, content);
  }
  void write_tokens(const Json& tokens) { write("vocab.json", tokens.dump()); }

  [[nodiscard]] std::string error() const {
    const auto loaded = Tokenizer::load(folder_.path());
    return loaded ? "no error" : loaded.error().message;
  }

  test::TemporaryFolder folder_;
};

TEST_F(LoadErrors, StartFromFilesThatAreWell) {
  EXPECT_EQ(error(), "no error");
}

TEST_F(LoadErrors, MissingFolderAndFiles) {
  EXPECT_THAT(Tokenizer::load(folder_ / "nowhere").error().message,
              HasSubstr("no such folder; give the folder"));
  EXPECT_THAT(Tokenizer::load(folder_ / "vocab.json").error().message,
              HasSubstr("not a folder; give the folder"));
  std::filesystem::remove(folder_ / "merges.txt");
  EXPECT_THAT(error(),
              AllOf(HasSubstr("merges.txt: missing"), HasSubstr("vocab.json is of no use without it")));
  std::filesystem::remove(folder_ / "vocab.json");
  EXPECT_THAT(error(), HasSubstr("no tokenizer here: put tokenizer.json, or vocab.json and merges.txt"));
  write("merges.txt", TinyVocabulary().merge_lines());
  EXPECT_THAT(error(), HasSubstr("vocab.json: missing"));
}

TEST_F(LoadErrors, FoldersOfOtherFamilies) {
  std::filesystem::remove(folder_ / "merges.txt");
  std::filesystem::remove(folder_ / "vocab.json");
  write("vocab.txt", "[PAD]\n");
  EXPECT_THAT(error(), AllOf(HasSubstr("a WordPiece tokenizer"),
                             HasSubstr("put the model's tokenizer.json into the folder")));
  write("tokenizer.model", "");
  EXPECT_THAT(error(), HasSubstr("a SentencePiece tokenizer (tokenizer.model)"));
}

TEST_F(LoadErrors, ConfigurationsOfOtherFamilies) {
  write("tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer"})");
  EXPECT_THAT(error(), AllOf(HasSubstr("tokenizer_config.json"), HasSubstr("'Qwen2Tokenizer'"),
                             HasSubstr("which only tokenizer.json describes")));
  write("tokenizer_config.json", R"({"add_prefix_space": true})");
  EXPECT_THAT(error(), HasSubstr("add_prefix_space is true, which is read from tokenizer.json only"));
}

TEST_F(LoadErrors, TokensOfOtherFamilies) {
  const Json tokens = TinyVocabulary().tokens();
  for (const auto& [token, family] :
       {std::pair("\u2581the", "SentencePiece's mark for a space"), std::pair("##ing", "WordPiece's mark"),
        std::pair("e</w>", "CLIP's BPE")}) {
    Json other = tokens;
    other[token] = 265;
    write_tokens(other);
    EXPECT_THAT(error(), AllOf(HasSubstr("vocab.json"), HasSubstr(token), HasSubstr(family)));
  }
}

TEST_F(LoadErrors, MalformedJson) {
  const std::string whole = TinyVocabulary().tokens().dump();
  write("vocab.json", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error(), AllOf(HasSubstr("vocab.json: not valid JSON"), HasSubstr("byte")));
  write("vocab.json", "");
  EXPECT_THAT(error(), HasSubstr("vocab.json: not valid JSON"));
  write("vocab.json", "[1]");
  EXPECT_THAT(error(), HasSubstr("must be a JSON object of tokens and ids"));
  write("vocab.json", "{}");
  EXPECT_THAT(error(), HasSubstr("vocab.json: has no tokens"));
  write("vocab.json", R"({"a": 1, "a": 2})");
  EXPECT_THAT(error(), HasSubstr("key 'a' appears twice"));
}

TEST_F(LoadErrors, IdsThatAreNone) {
  Json tokens = TinyVocabulary().tokens();
  for (const Json& id :
       {Json(-1), Json(1.5), Json("7"), Json(1 << 24), Json(99999999999999), Json(nullptr)}) {
    tokens["hello"] = id;
    write_tokens(tokens);
    EXPECT_THAT(error(), AllOf(HasSubstr("vocab.json: 'hello': a token's id must be an integer"),
                               HasSubstr(id.dump())));
  }
  tokens["hello"] = 3;
  write_tokens(tokens);
  EXPECT_THAT(error(), HasSubstr("have the same id, 3"));
}

TEST_F(LoadErrors, AByteWithoutAToken) {
  Json tokens = TinyVocabulary().tokens();
  tokens.erase("A");
  write_tokens(tokens);
  EXPECT_THAT(error(), HasSubstr("vocab.json: no token for byte 0x41 ('A')"));
}

TEST_F(LoadErrors, MergesThatAreNone) {
  for (const char* line : {"one", "one two three", " a", "a ", "", "\u2581 t h"}) {
    write("merges.txt", fmt::format("#version: 0.2\nl l\n{}\nh e\n", line));
    EXPECT_THAT(error(), AllOf(HasSubstr("merges.txt: line 3: a merge must be two tokens"), HasSubstr(line)));
  }
  write("merges.txt", "#version: 0.2\nl l\nh e\nl l\n");
  EXPECT_THAT(error(), HasSubstr("merges.txt: line 4: repeats the merge 2"));
}

TEST_F(LoadErrors, MergesOfAnotherModel) {
  write("merges.txt", "#version: 0.2\nl l\nq z\n");
  EXPECT_THAT(error(),
              AllOf(HasSubstr("merges.txt: line 3: 'qz' is not in"), HasSubstr("do not belong together")));
  write("merges.txt", "l l\nqu a\n");
  EXPECT_THAT(error(), HasSubstr("merges.txt: line 2: 'qu' is not in"));
  write("merges.txt", "l l\n\xFF\xFE \x01\n");
  EXPECT_THAT(error(), HasSubstr("merges.txt: line 2: '\uFFFD\uFFFD' is not in"));
}

TEST_F(LoadErrors, MergesCutShort) {
  const std::string lines = TinyVocabulary().merge_lines();
  write("merges.txt", lines.substr(0, lines.rfind('\n', lines.size() - 2) + 1));
  EXPECT_THAT(error(), AllOf(HasSubstr("no merge makes '\u0120\u0120' (id 263)"), HasSubstr("cut short")));
  write("merges.txt", "");
  EXPECT_THAT(error(), HasSubstr("no merge makes"));
}

TEST_F(LoadErrors, AddedTokensThatContradictTheVocabulary) {
  write("added_tokens.json", R"({"<|endoftext|>": 5})");
  EXPECT_THAT(error(), HasSubstr("the added token '<|endoftext|>' has id 264 here and 5 in another place"));
  write("added_tokens.json", R"({"<|pad|>": 5})");
  EXPECT_THAT(error(), HasSubstr("but the added token '<|pad|>' claims it"));
  write("added_tokens.json", R"({"<|pad|>": 265, "<|x|>": 265})");
  EXPECT_THAT(error(), HasSubstr("two added tokens have the same id, 265"));
  write("added_tokens.json", R"({"<|pad|>": "x"})");
  EXPECT_THAT(error(), HasSubstr("added_tokens.json: '<|pad|>': a token's id must be an integer"));
  write("added_tokens.json", "[]");
  EXPECT_THAT(error(), HasSubstr("added_tokens.json: must be a JSON object"));
  write("added_tokens.json", R"({"": 265})");
  EXPECT_THAT(error(), HasSubstr("token 265 has no content"));
}

}  // namespace
}  // namespace inferscale::tokenizer
