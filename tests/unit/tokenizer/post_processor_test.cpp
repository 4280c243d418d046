#include "tokenizer/post_processor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tokenizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<PostProcessor> read(const std::string& json) {
  return PostProcessor::read(*parse_sorted_json(json, "test"), "post_processor");
}

const std::string kTemplate =
    R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}},
        {"SpecialToken": {"id": "</s>"}}], "special_tokens": {"<s>": {"ids": [1, 7]}, "</s>": {"ids": [2]}}})";

TEST(PostProcessor, PutsTheTokensOfATemplateAround) {
  EXPECT_THAT(read(kTemplate)->apply({40, 41}, 100), ElementsAre(1, 7, 40, 41, 2));
  EXPECT_THAT(read(R"({"type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2]})")->apply({}, 100),
              ElementsAre(0, 2));
  EXPECT_THAT(read("null")->apply({40}, 100), ElementsAre(40));
  EXPECT_THAT(read(R"({"type": "Sequence", "processors": [{"type": "ByteLevel"}, )" + kTemplate + "]}")
                  ->apply({40}, 9),
              ElementsAre(1, 7, 40, 2));
}

TEST(PostProcessor, CutsTheTextAndNotTheTokens) {
  EXPECT_THAT(read(kTemplate)->apply({40, 41, 42}, 5), ElementsAre(1, 7, 40, 41, 2));
  EXPECT_THAT(read(kTemplate)->apply({40, 41, 42}, 2), ElementsAre(1, 7));
  EXPECT_THAT(read("null")->apply({40, 41, 42}, 2), ElementsAre(40, 41));
}

TEST(PostProcessor, NamesWhatItDoesNotHave) {
  const auto error = [](const std::string& json) { return read(json).error().message; };
  EXPECT_THAT(error(R"({"type": "Other"})"),
              HasSubstr("'Other' is not a post-processor that inferscale has"));
  EXPECT_THAT(error(R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<x>"}}]})"),
              HasSubstr("special_tokens has no ids of '<x>'"));
  EXPECT_THAT(error(R"({"type": "TemplateProcessing", "single": []})"), HasSubstr("holds the text"));
  EXPECT_THAT(error(R"({"type": "TemplateProcessing", "single": [{"Sequence": {}}, {"Sequence": {}}]})"),
              HasSubstr("stands twice"));
  EXPECT_THAT(error(R"({"type": "BertProcessing", "cls": ["<s>", -1]})"), HasSubstr("must be an integer"));
}

}  // namespace
}  // namespace inferscale::tokenizer
