#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "tokenizer/special_tokens.hpp"

namespace inferscale::tokenizer {

/// What a folder's tokenizer files say, in their own spelling (byte_alphabet.hpp), not yet checked against
/// each other.
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

  [[nodiscard]] std::string place_of_merge(std::size_t rank) const;
};

/// tokenizer.json if it is there, or else vocab.json and merges.txt with what added_tokens.json and
/// tokenizer_config.json add.
Result<TokenizerFiles> read_tokenizer_folder(const std::filesystem::path& folder);
Result<TokenizerFiles> read_tokenizer_json(const std::filesystem::path& file);

/// The fields that both kinds of file share.
Result<void> read_vocabulary(const SortedJson& json, TokenizerFiles& files);
/// {"content": .., "special": .., "lstrip": .., ..} with its id.
Result<void> read_added_token(const SortedJson& json, std::int32_t id, const std::string& place,
                              TokenizerFiles& files);
/// An integer from 0 to kMaxVocabulary - 1.
Result<std::int32_t> read_token_id(const SortedJson& json, const std::string& place);

/// "PLACE: this is WHAT, but inferscale reads only GPT-2's byte-level BPE"
tl::unexpected<Error> fail_family(std::string_view place, std::string_view what);

/// 'text' for a message: cut to 60 bytes, control characters and what is not UTF-8 replaced.
std::string show(std::string_view text);

}  // namespace inferscale::tokenizer
