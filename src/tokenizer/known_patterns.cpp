#include "tokenizer/known_patterns.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "tokenizer/character_class.hpp"

namespace inferscale::tokenizer {
namespace {

constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Possessive repeats, as nothing that follows one of these could match what it gives back. PCRE2 tests a
// class of ASCII alone faster than one with properties, so letters begin with A to Z.
constexpr std::string_view kTunedGpt2 =
    "'(?:[sdmt]|ll|ve|re)"
    "| ?(?:[A-Za-z]++[{letters}]*+|[{letters}]++)"
    "| ?[{numbers}]++"
    "| ?[^{space}{letters}{numbers}]++"
    "|[{space}]+(?![^{space}])"
    "|[{space}]++";

/// Llama 3's, and Qwen 2's with another repeat of numbers. An optional character before letters is given
/// back when no letter follows, and then no letter stands there either: two alternatives say the same.
constexpr std::string_view kTunedLlama3 =
    "(?i:'(?:[sdmt]|ll|ve|re))"
    "| ?[A-Za-z]++[{letters}]*+"
    "|[{letters}]++"
    "|[^\\r\\n{letters}{numbers}][{letters}]++"
    "|[{numbers}]{repeat}"
    "| ?[^{space}{letters}{numbers}]++[\\r\\n]*+"
    "|[{space}]*[\\r\\n]"
    "|[{space}]+(?![^{space}])"
    "|[{space}]++";

std::string with_classes(std::string_view tuned, std::string_view repeat) {
  return fmt::format(fmt::runtime(tuned), fmt::arg("letters", *property_members("L")),
                     fmt::arg("numbers", *property_members("N")), fmt::arg("space", white_space_members()),
                     fmt::arg("repeat", repeat));
}

}  // namespace

std::optional<std::string> hand_tuned_pattern(std::string_view pattern) {
  if (pattern == kGpt2Pattern) {
    return with_classes(kTunedGpt2, "");
  }
  if (pattern == kLlama3Pattern) {
    return with_classes(kTunedLlama3, "{1,3}+");
  }
  if (pattern == kQwen2Pattern) {
    return with_classes(kTunedLlama3, "");
  }
  return std::nullopt;
}

}  // namespace inferscale::tokenizer
