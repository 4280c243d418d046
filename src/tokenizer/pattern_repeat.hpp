#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace inferscale::tokenizer {

/// More of one thing is an attack on PCRE2's compiler, not a pattern.
constexpr unsigned kMaxRepeat = 1000;

/// How often a pattern wants what stands before: ? * + {n} {n,} {n,m}.
struct Repeat {
  unsigned least = 0;
  unsigned most = 0;      ///< UINT_MAX: no end
  bool interval = false;  ///< written with braces
  std::size_t length = 1;
};

/// The repeat that `pattern` begins with, which is one of ? * + {. Nothing where braces hold no repeat, or
/// one above kMaxRepeat.
std::optional<Repeat> read_repeat(std::string_view pattern);

}  // namespace inferscale::tokenizer
