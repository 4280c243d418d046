#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/pattern.hpp"

namespace inferscale::tokenizer {

/// A token that stands for itself in a text, outside the byte pairs. Source: `added_tokens` of Hugging Face's
/// tokenizer.json.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = true;       ///< only these become text with SpecialTokens::as_text
  bool normalized = false;   ///< it is looked for in the text that the normaliser made
  bool lstrip = false;       ///< it takes the white space before it
  bool rstrip = false;       ///< and behind it
  bool single_word = false;  ///< only where no word touches it
};

/// Finds added tokens in text: the leftmost, and of those that begin at one place the longest.
class AddedTokenFinder {
 public:
  static Result<AddedTokenFinder> make(std::vector<AddedToken> tokens);

  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int32_t id = -1;  ///< of an added token; -1 for text
  };

  [[nodiscard]] bool empty() const { return tokens_.empty(); }
  /// Calls take(Part) for tokens and the text between them, in order; no part is empty. Special tokens are
  /// text where `special_is_text`.
  template <class Take>
  void for_each_part(std::string_view text, bool special_is_text, PatternScratch& scratch, Take take) const;

 private:
  struct Found {
    std::size_t begin = 0;
    std::size_t end = 0;
    const AddedToken* token = nullptr;
  };
  /// The first one at or after `from`, or one without a token.
  [[nodiscard]] Found find(std::string_view text, std::size_t from) const;
  [[nodiscard]] const AddedToken* longest_at(std::string_view text, std::size_t at) const;
  /// Where a byte that begins some token comes next, or text.size().
  [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t from) const;
  [[nodiscard]] bool touches_word(std::string_view text, const Found& found, PatternScratch& scratch) const;

  std::vector<AddedToken> tokens_;
  /// A tree of the contents: from a node and a byte to the next node. Node 0 is the root.
  std::unordered_map<std::uint64_t, std::uint32_t> next_;
  std::vector<std::int32_t> token_of_node_{-1};  ///< an index into tokens_, or -1
  std::array<bool, 256> begins_token_{};
  std::optional<char> only_first_byte_;
  std::optional<Pattern> word_;  ///< where some token is single_word
};

/// How many bytes of white space end, or begin, the text.
std::size_t white_space_at_end(std::string_view text);
std::size_t white_space_at_start(std::string_view text);

template <class Take>
void AddedTokenFinder::for_each_part(std::string_view text, bool special_is_text, PatternScratch& scratch,
                                     Take take) const {
  std::size_t done = 0;  // all before it was given
  std::size_t from = 0;
  while (from < text.size()) {
    const Found found = find(text, from);
    if (found.token == nullptr) {
      break;
    }
    from = found.end;
    const AddedToken& token = *found.token;
    if ((special_is_text && token.special) || (token.single_word && touches_word(text, found, scratch))) {
      continue;
    }
    const std::size_t space_before = token.lstrip ? white_space_at_end(text.substr(0, found.begin)) : 0;
    const std::size_t space_behind = token.rstrip ? white_space_at_start(text.substr(found.end)) : 0;
    const std::size_t begin = std::max(found.begin - space_before, done);
    if (done < begin) {
      take(Part{done, begin, -1});
    }
    done = found.end + space_behind;
    take(Part{begin, done, token.id});
  }
  if (done < text.size()) {
    take(Part{done, text.size(), -1});
  }
}

}  // namespace inferscale::tokenizer
