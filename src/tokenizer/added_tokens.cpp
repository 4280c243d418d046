#include "tokenizer/added_tokens.hpp"

#include <algorithm>

#include "tokenizer/character_class.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

std::uint64_t edge(std::uint32_t node, char byte) {
  return (std::uint64_t{node} << 8U) | static_cast<unsigned char>(byte);
}

}  // namespace

Result<AddedTokenFinder> AddedTokenFinder::make(std::vector<AddedToken> tokens) {
  AddedTokenFinder finder;
  std::erase_if(tokens, [](const AddedToken& token) { return token.content.empty(); });
  finder.tokens_ = std::move(tokens);
  bool any_single_word = false;
  for (std::size_t i = 0; i < finder.tokens_.size(); ++i) {
    const AddedToken& token = finder.tokens_[i];
    std::uint32_t node = 0;
    for (const char byte : token.content) {
      const auto fresh = static_cast<std::uint32_t>(finder.token_of_node_.size());
      const auto [place, inserted] = finder.next_.emplace(edge(node, byte), fresh);
      if (inserted) {
        finder.token_of_node_.push_back(-1);
      }
      node = place->second;
    }
    finder.token_of_node_[node] = static_cast<std::int32_t>(i);
    finder.begins_token_[static_cast<unsigned char>(token.content[0])] = true;
    any_single_word = any_single_word || token.single_word;
  }
  if (std::count(finder.begins_token_.begin(), finder.begins_token_.end(), true) == 1) {
    finder.only_first_byte_ = finder.tokens_.front().content[0];
  }
  if (any_single_word) {
    TRY_ASSIGN(Pattern word, Pattern::character_of(word_members()));
    finder.word_.emplace(std::move(word));
  }
  return finder;
}

std::size_t AddedTokenFinder::next_candidate(std::string_view text, std::size_t from) const {
  if (only_first_byte_) {
    return std::min(text.find(*only_first_byte_, from), text.size());
  }
  while (from < text.size() && !begins_token_[static_cast<unsigned char>(text[from])]) {
    ++from;
  }
  return from;
}

const AddedToken* AddedTokenFinder::longest_at(std::string_view text, std::size_t at) const {
  const AddedToken* longest = nullptr;
  std::uint32_t node = 0;
  for (; at < text.size(); ++at) {
    const auto place = next_.find(edge(node, text[at]));
    if (place == next_.end()) {
      break;
    }
    node = place->second;
    if (token_of_node_[node] >= 0) {
      longest = &tokens_[static_cast<std::size_t>(token_of_node_[node])];
    }
  }
  return longest;
}

AddedTokenFinder::Found AddedTokenFinder::find(std::string_view text, std::size_t from) const {
  if (tokens_.empty()) {
    return {};
  }
  for (std::size_t at = next_candidate(text, from); at < text.size(); at = next_candidate(text, at + 1)) {
    if (const AddedToken* token = longest_at(text, at)) {
      return {at, at + token->content.size(), token};
    }
  }
  return {};
}

bool AddedTokenFinder::touches_word(std::string_view text, const Found& found,
                                    PatternScratch& scratch) const {
  const auto is_word = [&](std::string_view from_character) {
    Pattern::Match match;
    return word_->find(from_character.substr(0, utf8_step(from_character).length), 0, scratch, match);
  };
  if (found.begin > 0 && is_word(text.substr(start_of_last_character(text.substr(0, found.begin))))) {
    return true;
  }
  return found.end < text.size() && is_word(text.substr(found.end));
}

std::size_t white_space_at_end(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    const std::size_t last = start_of_last_character(text.substr(0, begin));
    if (!is_white_space(utf8_character(text.substr(last)).code_point)) {
      break;
    }
    begin = last;
  }
  return text.size() - begin;
}

std::size_t white_space_at_start(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const Utf8Character character = utf8_character(text.substr(end));
    if (!is_white_space(character.code_point)) {
      break;
    }
    end += character.length;
  }
  return end;
}

}  // namespace inferscale::tokenizer
