// tokenizer.json: what is BPE is read, everything else is named and refused (pipelines_test.cpp has what is
// read).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {
namespace {

using test::TinyVocabulary;
using testing::AllOf;
using testing::HasSubstr;

class TokenizerJson : public testing::Test {
 protected:
  /// "no error", or the message for tokenizer.json after the change.
  std::string error_after(const std::function<void(Json&)>& change) {
    Json json = TinyVocabulary().tokenizer_json();
    change(json);
    return error_of(json.dump());
  }
  std::string error_of(std::string_view text) {
    TinyVocabulary::write(folder_ / "tokenizer.json", text);
    const auto loaded = Tokenizer::load(folder_.path());
    return loaded ? "no error" : loaded.error().message;
  }

  test::TemporaryFolder folder_;
};

TEST_F(TokenizerJson, AcceptsTheFormsThatGpt2HasBeenWrittenIn) {
  EXPECT_EQ(error_after([](Json&) {}), "no error");
  EXPECT_EQ(error_after([](Json& j) { j["model"].erase("type"); }), "no error");
  EXPECT_EQ(error_after([](Json& j) { j["post_processor"] = nullptr; }), "no error");
  EXPECT_EQ(error_after([](Json& j) {
              j["post_processor"] = {{"type", "TemplateProcessing"},
                                     {"single", {{{"Sequence", {{"id", "A"}}}}}}};
            }),
            "no error");
  EXPECT_EQ(error_after([](Json& j) {
              Json lines = Json::array();
              for (const auto& [left, right] : TinyVocabulary().merges) {
                lines.push_back(left + " " + right);
              }
              j["model"]["merges"] = lines;
            }),
            "no error");
}

TEST_F(TokenizerJson, IsReadInPreferenceToTheTwoFiles) {
  TinyVocabulary::write(folder_ / "vocab.json", "not JSON");
  TinyVocabulary::write(folder_ / "merges.txt", "");
  EXPECT_EQ(error_after([](Json&) {}), "no error");
}

TEST_F(TokenizerJson, NamesOtherModels) {
  EXPECT_THAT(error_after([](Json& j) { j["model"] = {{"type", "Unigram"}, {"vocab", Json::array()}}; }),
              AllOf(HasSubstr("tokenizer.json: this is a 'Unigram' tokenizer (of SentencePiece)"),
                    HasSubstr("reads only byte-pair encodings")));
  EXPECT_THAT(error_after([](Json& j) { j["model"] = {{"type", "WordPiece"}}; }),
              HasSubstr("a 'WordPiece' tokenizer"));
  EXPECT_THAT(error_after([](Json& j) { j["model"] = Json::object(); }),
              HasSubstr("neither a type nor merges"));
  EXPECT_THAT(error_after([](Json& j) { j.erase("model"); }), HasSubstr("has no object 'model'"));
}

TEST_F(TokenizerJson, NamesWhatItDoesNotHave) {
  EXPECT_THAT(error_after([](Json& j) { j["pre_tokenizer"] = {{"type", "Whitespace"}}; }),
              HasSubstr("tokenizer.json: pre_tokenizer: 'Whitespace' is not"));
  EXPECT_THAT(error_after([](Json& j) { j["normalizer"] = {{"type", "Lowercase"}}; }),
              HasSubstr("tokenizer.json: normalizer: 'Lowercase' is not"));
  EXPECT_THAT(error_after([](Json& j) { j["decoder"] = {{"type", "CTC"}}; }),
              HasSubstr("tokenizer.json: decoder: 'CTC' is not"));
  EXPECT_THAT(error_after([](Json& j) { j["post_processor"] = {{"type", "Other"}}; }),
              HasSubstr("tokenizer.json: post_processor: 'Other' is not"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }),
              HasSubstr("model.end_of_word_suffix is set"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["dropout"] = 0.1; }), HasSubstr("makes the ids random"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["unk_token"] = "<x>"; }),
              HasSubstr("unk_token is '<x>', which is not in it"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["ignore_merges"] = "yes"; }),
              HasSubstr("ignore_merges must be true or false"));
  EXPECT_THAT(error_after([](Json& j) {
                j["post_processor"] = {{"type", "BertProcessing"}, {"cls", {"a", 9999}}, {"sep", {"b", 1}}};
              }),
              HasSubstr("adds the token 9999, which is not in the vocabulary"));
}

TEST_F(TokenizerJson, NamesWhatIsMalformed) {
  const std::string whole = TinyVocabulary().tokenizer_json().dump();
  EXPECT_THAT(error_of(whole.substr(0, whole.size() - 5)), HasSubstr("tokenizer.json: not valid JSON"));
  EXPECT_THAT(error_of("7"), HasSubstr("has no object 'model'"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["vocab"] = 1; }),
              HasSubstr("model.vocab: must be a JSON object of tokens and ids"));
  EXPECT_THAT(error_after([](Json& j) { j["model"]["merges"] = 1; }),
              HasSubstr("model.merges must be a list"));
  for (const Json& merge : {Json("one"), Json("a b c"), Json::array({"a"}), Json::array({"a", 1}), Json(3)}) {
    EXPECT_THAT(error_after([&](Json& j) { j["model"]["merges"][1] = merge; }),
                HasSubstr("model.merges: item 1: a merge must be"));
  }
  EXPECT_THAT(error_after([](Json& j) { j["model"]["merges"][1] = {"q", "z"}; }),
              HasSubstr("model.merges: item 1: 'qz' is not in"));
  EXPECT_THAT(error_after([](Json& j) { j["added_tokens"] = 1; }), HasSubstr("added_tokens must be a list"));
  EXPECT_THAT(error_after([](Json& j) { j["added_tokens"][0] = 1; }),
              HasSubstr("added_tokens: a token's id must be"));
  EXPECT_THAT(error_after([](Json& j) { j["added_tokens"][0].erase("content"); }),
              HasSubstr("token 264 has no content"));
}

}  // namespace
}  // namespace inferscale::tokenizer
