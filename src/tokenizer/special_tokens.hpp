#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.hpp"

namespace inferscale::tokenizer {

/// A token that stands for itself in a text, outside the byte pairs.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = true;  ///< only these become text with SpecialTokens::as_text
};

/// Finds added tokens in text: the leftmost, and of those that begin at one place the longest.
class AddedTokenFinder {
 public:
  explicit AddedTokenFinder(std::vector<AddedToken> tokens, SpecialTokens special);

  struct Found {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int32_t id = 0;
  };
  /// The first one at or after `from`.
  [[nodiscard]] std::optional<Found> find(std::string_view text, std::size_t from) const;

 private:
  /// Where a byte that begins some token comes next, or text.size().
  [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t from) const;

  std::vector<AddedToken> tokens_;  ///< longest first
  std::array<bool, 256> begins_token_{};
  bool one_first_byte_ = true;
};

}  // namespace inferscale::tokenizer
