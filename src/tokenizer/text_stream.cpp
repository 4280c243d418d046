#include "tokenizer/text_stream.hpp"

#include <algorithm>

#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

constexpr std::size_t kLongestCharacter = 4;  // bytes

/// Bytes of `text` before a character at its end that may become whole.
std::size_t whole_prefix(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const Utf8Step step = utf8_step(text.substr(end));
    if (!step.valid && text.size() - end < kLongestCharacter && end + step.length == text.size()) {
      return end;
    }
    end += step.length;
  }
  return end;
}

}  // namespace

Result<TextStream> TextStream::after(const Tokenizer& tokenizer, std::vector<std::int32_t> prompt) {
  TextStream stream(tokenizer, std::move(prompt));
  TRY_ASSIGN(const std::string text, tokenizer.decode(stream.tokens_));
  stream.given_ = text.size();
  return stream;
}

// The whole is decoded each time: what a token stands for depends on those before it in some vocabularies.
Result<std::string> TextStream::add(std::int32_t token) {
  if (!tokenizer_->has(token)) {
    return std::string();
  }
  tokens_.push_back(token);
  TRY_ASSIGN(const std::string text, tokenizer_->decode(tokens_));
  const std::size_t whole =
      given_ + whole_prefix(std::string_view(text).substr(std::min(given_, text.size())));
  std::string added = whole > given_ ? text.substr(given_, whole - given_) : std::string();
  given_ = std::max(given_, whole);
  return replace_invalid_utf8(added);
}

Result<std::string> TextStream::rest() const {
  TRY_ASSIGN(const std::string text, tokenizer_->decode(tokens_));
  return replace_invalid_utf8(std::string_view(text).substr(std::min(given_, text.size())));
}

}  // namespace inferscale::tokenizer
