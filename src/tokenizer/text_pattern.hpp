#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tokenizer/json_members.hpp"
#include "tokenizer/pattern.hpp"

namespace inferscale::tokenizer {

/// What Replace and Split look for: {"String": "abc"}, which stands for itself, or {"Regex": ".."}.
class TextPattern {
 public:
  static Result<TextPattern> read(const SortedJson& json, const std::string& place);
  static TextPattern literal(std::string text) { return TextPattern(std::move(text)); }
  explicit TextPattern(Pattern pattern) : pattern_(std::move(pattern)) {}

  /// As Pattern::for_each_part. A literal that is empty matches nowhere.
  template <class Take>
  void for_each_part(std::string_view text, PatternScratch& scratch, Take take) const;

  /// The text with `content` in place of every match.
  [[nodiscard]] std::string replace(std::string_view text, std::string_view content,
                                    PatternScratch& scratch) const;

 private:
  explicit TextPattern(std::string text) : literal_(std::move(text)) {}
  std::string literal_;
  std::optional<Pattern> pattern_;
};

template <class Take>
void TextPattern::for_each_part(std::string_view text, PatternScratch& scratch, Take take) const {
  if (pattern_) {
    pattern_->for_each_part(text, scratch, take);
    return;
  }
  std::size_t done = 0;
  for (std::size_t at = literal_.empty() ? text.npos : text.find(literal_); at != text.npos;
       at = text.find(literal_, done)) {
    if (done < at) {
      take(done, at, false);
    }
    done = at + literal_.size();
    take(at, done, true);
  }
  if (done < text.size()) {
    take(done, text.size(), false);
  }
}

}  // namespace inferscale::tokenizer
