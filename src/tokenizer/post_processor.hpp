#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer/json_members.hpp"

namespace inferscale::tokenizer {

/// The tokens that stand around a text that a model is given, such as <s> (a beginning of sequence). Source:
/// the component `post_processor` of Hugging Face's tokenizer.json: TemplateProcessing, RobertaProcessing,
/// BertProcessing, and ByteLevel, which adds none.
struct PostProcessor {
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> after;

  /// The error names a processor that is not known.
  static Result<PostProcessor> read(const SortedJson& json, const std::string& place);

  /// The ids with the tokens around them, at most `most_tokens` together: the ids are cut, as transformers
  /// does (truncation=True).
  [[nodiscard]] std::vector<std::int32_t> apply(std::vector<std::int32_t> ids, std::size_t most_tokens) const;
};

}  // namespace inferscale::tokenizer
