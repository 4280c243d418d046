#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// The pattern of GPT-2, which the pre-tokenizer ByteLevel has of its own (use_regex). Source: encoder.py of
/// OpenAI's GPT-2 release.
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The patterns of most models that are served, for PCRE2 by hand: the same matches as by
/// translate_pattern, at twice the speed. Each matches at every place of every text, so that no character
/// lies between matches. Nothing for other patterns.
std::optional<std::string> hand_tuned_pattern(std::string_view pattern);

}  // namespace inferscale::tokenizer
