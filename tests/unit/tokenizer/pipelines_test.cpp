// Small tokenizers, one for each thing that a tokenizer.json can say, against what Hugging Face's tokenizers
// make of them (tests/golden/tokenizer/make_pipelines.py).
#include <gtest/gtest.h>

#include <functional>

#include "core/files.hpp"
#include "every_character.hpp"
#include "ids_digest.hpp"
#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/tokenizer.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

using Ids = std::vector<std::int32_t>;

const Json& golden() {
  static const Json json = *read_json_file(INFERSCALE_SOURCE_DIR "/tests/golden/tokenizer/pipelines.json");
  return json;
}

/// The base with what the case says, as tokenizer_of of the script.
Json tokenizer_of(const Json& item) {
  const Json& change = item["change"];
  const auto base = item["base"].get<std::string>();
  Json model = golden()["bases"][base];
  if (change.contains("model")) {
    model.update(change["model"]);
  }
  for (const Json& token : change.value("vocab_without", Json::array())) {
    model["vocab"].erase(token.get<std::string>());
    Json kept = Json::array();
    for (const Json& pair : model["merges"]) {
      if (pair[0] != token && pair[1] != token) {
        kept.push_back(pair);
      }
    }
    model["merges"] = kept;
  }
  Json whole{{"added_tokens", Json::array()}, {"model", model}};
  whole.update(golden()["defaults"][base]);
  for (const char* name : {"normalizer", "pre_tokenizer", "post_processor", "decoder", "added_tokens"}) {
    if (change.contains(name)) {
      whole[name] = change[name];
    }
  }
  return whole;
}

Ids all_ids(const Json& texts, const std::function<Ids(const std::string&)>& encode) {
  Ids all;
  for (const Json& text : texts) {
    const Ids ids = encode(text.get<std::string>());
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return all;
}

TEST(Pipelines, AreThoseOfTokenizers) {
  const Json& texts = golden()["texts"];
  ASSERT_GT(golden()["cases"].size(), 50);
  for (const Json& item : golden()["cases"]) {
    SCOPED_TRACE(item["base"].get<std::string>() + ": " + item["name"].get<std::string>());
    const test::TemporaryFolder folder;
    test::TinyVocabulary::write(folder / "tokenizer.json", tokenizer_of(item).dump());
    const auto loaded = Tokenizer::load(folder.path());
    ASSERT_TRUE(loaded) << loaded.error().message;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto expected = item["ids"][i].get<Ids>();
      EXPECT_EQ(loaded->encode(texts[i].get<std::string>()), expected) << texts[i];
      const std::string decoded = *loaded->decode(expected);
      EXPECT_EQ(replace_invalid_utf8(decoded), item["decoded"][i].get<std::string>()) << texts[i];
    }
    EXPECT_EQ(
        test::digest_of(all_ids(texts, [&](const auto& t) { return loaded->encode_for_model(t, 10000); })),
        item["for_model"].get<std::string>());
    EXPECT_EQ(test::digest_of(
                  all_ids(texts, [&](const auto& t) { return loaded->encode(t, SpecialTokens::as_text); })),
              item["as_text"].get<std::string>());
    EXPECT_EQ(test::digest_of(loaded->encode(test::characters_in_context(37))),
              item["characters"].get<std::string>());
  }
}

}  // namespace
}  // namespace inferscale::tokenizer
