#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tokenizer/text_pattern.hpp"

namespace inferscale::tokenizer {

/// Makes text of tokens, in steps: ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace. Source: the
/// component `decoder` of Hugging Face's tokenizer.json.
class Decoder {
 public:
  /// The error names a step that is not known.
  static Result<Decoder> read(const SortedJson& json, const std::string& place);

  /// Has it no steps? tokenizers joins the tokens with spaces then.
  [[nodiscard]] bool none() const { return steps_.empty(); }
  /// Is it ByteLevel alone? The text is the tokens' bytes then, one after another.
  [[nodiscard]] bool joins_bytes() const {
    return steps_.size() == 1 && std::holds_alternative<ByteLevel>(steps_[0]);
  }
  /// The text of tokens as the vocabulary spells them. It may end inside a character.
  [[nodiscard]] std::string apply(std::vector<std::string> tokens) const;

 private:
  struct ByteLevel {};
  struct Replace {
    TextPattern pattern;
    std::string content;
  };
  struct ByteFallback {};
  struct Fuse {};
  /// Up to `start` and `stop` of a character from the ends of each token.
  struct Strip {
    std::string content;
    std::size_t start = 0;
    std::size_t stop = 0;
  };
  struct Metaspace {
    std::string mark;
    bool drops_first = true;  ///< the marks of the first token
  };
  using Step = std::variant<ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace>;
  static Result<Step> read_step(const SortedJson& json, const std::string& type, const std::string& place);

  std::vector<Step> steps_;
};

}  // namespace inferscale::tokenizer
