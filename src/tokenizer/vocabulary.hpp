#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "tokenizer/byte_pair_merger.hpp"
#include "tokenizer/special_tokens.hpp"
#include "tokenizer/tokenizer_files.hpp"

namespace inferscale::tokenizer {

/// A vocabulary whose parts belong together: every byte has a token, every merge joins tokens into a token,
/// and every token is a byte, the result of a merge, or an added token. A file cut short, or one of another
/// model, breaks this.
struct Vocabulary {
  std::array<std::int32_t, 256> byte_ids{};
  std::vector<MergeRule> rules;
  std::vector<std::optional<std::string>> bytes;  ///< by id; nothing where the ids have a hole
  std::vector<AddedToken> added;
  std::int32_t end_of_text = -1;

  /// Checks the files against each other; the error names the file and the token or line.
  static Result<Vocabulary> build(const TokenizerFiles& files);
};

}  // namespace inferscale::tokenizer
