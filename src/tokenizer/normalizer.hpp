#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenizer/text_pattern.hpp"
#include "tokenizer/unicode_normalization.hpp"

namespace inferscale::tokenizer {

/// What is done to a text before it is cut: NFC, NFD, NFKC, NFKD, Replace, Prepend, in order. Source: the
/// component `normalizer` of Hugging Face's tokenizer.json.
class Normalizer {
 public:
  /// The error names a step that is not known.
  static Result<Normalizer> read(const SortedJson& json, const std::string& place);

  [[nodiscard]] bool changes_nothing() const { return steps_.empty(); }
  /// `text` must be UTF-8, and the result is.
  [[nodiscard]] std::string apply(std::string_view text, PatternScratch& scratch) const;

 private:
  struct Replace {
    TextPattern pattern;
    std::string content;
  };
  struct Prepend {
    std::string content;  ///< before a text that is not empty
  };
  using Step = std::variant<NormalizationForm, Replace, Prepend>;
  std::vector<Step> steps_;
};

}  // namespace inferscale::tokenizer
