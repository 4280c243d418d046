#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::tokenizer {

/// Largest number of tokens and of merges: ranks share a word with positions (byte_pair_merger.cpp).
constexpr std::size_t kMaxVocabulary = std::size_t{1} << 24U;

/// An integer from 0 to kMaxVocabulary - 1.
Result<std::int32_t> read_token_id(const SortedJson& json, const std::string& place);

}  // namespace inferscale::tokenizer
