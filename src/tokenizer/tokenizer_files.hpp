#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "tokenizer/added_tokens.hpp"

namespace inferscale::tokenizer {

/// What a folder's files say about the model (BPE), in their own spelling, not yet checked against each
/// other.
struct TokenizerFiles {
  struct Token {
    std::string symbols;
    std::int32_t id = 0;
  };
  struct Merge {
    std::string left;
    std::string right;
  };
  std::string vocabulary_place;  ///< for messages: "folder/vocab.json", "folder/tokenizer.json: model.vocab"
  std::string merges_place;      ///< "folder/merges.txt: line", "folder/tokenizer.json: model.merges: item"
  std::size_t first_merge = 0;   ///< the number that messages give the first merge
  std::vector<Token> tokens;
  std::vector<Merge> merges;  ///< by rank
  std::vector<AddedToken> added;

  std::optional<std::string> unknown_token;  ///< for a character that is no token
  bool fuses_unknown = false;                ///< several such characters in a row are one token
  bool byte_fallback = false;                ///< such a character becomes tokens "<0xE2>" of its bytes first
  bool ignore_merges = false;                ///< a piece that is a token as a whole is not merged
  /// vocab.json and merges.txt, either of which can be cut short or another model's, and which are GPT-2's.
  bool two_files = false;

  [[nodiscard]] std::string place_of_merge(std::size_t rank) const;
};

/// The fields that both kinds of file share.
Result<void> read_vocabulary(const SortedJson& json, TokenizerFiles& files);
/// {"content": .., "special": .., "lstrip": .., ..} with its id.
Result<void> read_added_token(const SortedJson& json, std::int32_t id, const std::string& place,
                              TokenizerFiles& files);

/// "PLACE: this is WHAT, but inferscale reads only byte-pair encodings: ADVICE"
tl::unexpected<Error> fail_family(std::string_view place, std::string_view what);

}  // namespace inferscale::tokenizer
