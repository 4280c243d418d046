// tokenizer_config.json beside either kind of file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"
#include "tiny_vocabulary.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {
namespace {

using test::TinyVocabulary;
using testing::ElementsAre;
using testing::HasSubstr;

class TokenizerConfiguration : public testing::TestWithParam<bool> {
 protected:
  TokenizerConfiguration() {
    if (GetParam()) {
      TinyVocabulary::write(folder_ / "tokenizer.json", TinyVocabulary().tokenizer_json().dump());
    } else {
      TinyVocabulary().write_two_files(folder_.path());
    }
  }
  Result<Tokenizer> load_with(std::string_view configuration) {
    TinyVocabulary::write(folder_ / "tokenizer_config.json", configuration);
    return Tokenizer::load(folder_.path());
  }
  test::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, TokenizerConfiguration, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "TokenizerJson" : "VocabAndMerges"; });

constexpr std::int32_t kEnd = TinyVocabulary::kEndOfText;
constexpr std::int32_t kHello = TinyVocabulary::kHello;

TEST_P(TokenizerConfiguration, SaysWhatStandsAroundAText) {
  const auto ids = [&](std::string_view configuration) {
    return load_with(configuration)->encode_for_model("hello hello", 2);
  };
  EXPECT_THAT(ids("{}"), ElementsAre(kHello, ' '));
  EXPECT_THAT(ids(R"({"add_bos_token": true, "bos_token": "<|endoftext|>"})"), ElementsAre(kEnd, kHello));
  EXPECT_THAT(ids(R"({"add_eos_token": true, "eos_token": {"content": "<|endoftext|>"}})"),
              ElementsAre(kHello, kEnd));
  EXPECT_THAT(ids(R"({"add_bos_token": false, "bos_token": "<|endoftext|>"})"), ElementsAre(kHello, ' '));
  EXPECT_THAT(ids(R"({"add_bos_token": true, "bos_token": null})"), ElementsAre(kHello, ' '));
}

TEST_P(TokenizerConfiguration, IsRefusedWhenItsTokenIsNowhere) {
  EXPECT_THAT(load_with(R"({"add_bos_token": true, "bos_token": "<s>"})").error().message,
              HasSubstr("bos_token is '<s>', which is not in"));
  EXPECT_THAT(load_with(R"({"add_bos_token": 1})").error().message,
              HasSubstr("add_bos_token must be true or false"));
}

}  // namespace
}  // namespace inferscale::tokenizer
