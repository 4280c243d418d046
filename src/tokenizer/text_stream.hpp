#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {

/// Text that grows token by token, cut where characters end: a character may be of several tokens.
class TextStream {
 public:
  /// Behind these tokens, whose text is not given out.
  static Result<TextStream> after(const Tokenizer& tokenizer, std::vector<std::int32_t> prompt);

  /// The text that is whole with this token, and has not been given out; often one word, sometimes nothing.
  /// An id that stands for no token is passed over, as tokenizers' decode does.
  Result<std::string> add(std::int32_t token);
  /// What is left at the end: bytes that never became a character, as U+FFFD.
  [[nodiscard]] Result<std::string> rest() const;

 private:
  TextStream(const Tokenizer& tokenizer, std::vector<std::int32_t> tokens)
      : tokenizer_(&tokenizer), tokens_(std::move(tokens)) {}

  const Tokenizer* tokenizer_;
  std::vector<std::int32_t> tokens_;
  std::size_t given_ = 0;  ///< bytes of the text of all tokens
};

}  // namespace inferscale::tokenizer
