#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "tokenizer/added_tokens.hpp"
#include "tokenizer/byte_pair_merger.hpp"
#include "tokenizer/tokenizer_files.hpp"

namespace inferscale::tokenizer {

/// A vocabulary whose parts belong together: every merge joins tokens into a token. Of two files, every byte
/// has a token, and every token is a byte, the result of a merge, or an added token: a file cut short, or one
/// of another model, breaks this.
struct Vocabulary {
  bool byte_level = true;
  /// The tokens of bytes, or with characters as units those of "<0x00>" to "<0xFF>"; -1 where there is none.
  std::array<std::int32_t, 256> byte_ids{};
  std::int32_t unknown_id = -1;
  std::vector<MergeRule> rules;
  std::vector<std::optional<std::string>> symbols;  ///< by id, as files spell them; nothing in a hole
  /// By id, the text that a token of the model stands for before any decoder; nothing for added tokens alone,
  /// and for tokens that no text can become.
  std::vector<std::optional<std::string>> texts;
  std::vector<AddedToken> added;
  std::int32_t end_of_text = -1;

  /// Checks the files against each other; the error names the file and the token or line.
  static Result<Vocabulary> build(const TokenizerFiles& files, bool byte_level);
};

}  // namespace inferscale::tokenizer
