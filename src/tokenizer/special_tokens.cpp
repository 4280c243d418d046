#include "tokenizer/special_tokens.hpp"

#include <algorithm>
#include <cstring>

namespace inferscale::tokenizer {

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens, SpecialTokens special)
    : tokens_(std::move(tokens)) {
  if (special == SpecialTokens::as_text) {
    std::erase_if(tokens_, [](const AddedToken& token) { return token.special; });
  }
  std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    return a.content.size() > b.content.size();
  });
  for (const AddedToken& token : tokens_) {
    begins_token_[static_cast<unsigned char>(token.content[0])] = true;
  }
  one_first_byte_ = std::count(begins_token_.begin(), begins_token_.end(), true) == 1;
}

std::size_t AddedTokenFinder::next_candidate(std::string_view text, std::size_t from) const {
  if (one_first_byte_) {
    return std::min(text.find(tokens_.front().content[0], from), text.size());
  }
  while (from < text.size() && !begins_token_[static_cast<unsigned char>(text[from])]) {
    ++from;
  }
  return from;
}

std::optional<AddedTokenFinder::Found> AddedTokenFinder::find(std::string_view text, std::size_t from) const {
  if (tokens_.empty()) {
    return std::nullopt;
  }
  for (std::size_t at = next_candidate(text, from); at < text.size(); at = next_candidate(text, at + 1)) {
    for (const AddedToken& token : tokens_) {
      if (text.substr(at, token.content.size()) == token.content) {
        return Found{at, at + token.content.size(), token.id};
      }
    }
  }
  return std::nullopt;
}

}  // namespace inferscale::tokenizer
