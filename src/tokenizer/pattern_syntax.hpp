#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tokenizer {

/// A pattern of tokenizer.json in PCRE2's syntax. tokenizer.json has Oniguruma's (Ruby's), where some of the
/// same characters mean something else: \s, \p{..} and {n,m}+ are spelled out, and what the two engines
/// disagree on otherwise, or what would take exponential time on some text, is an error that names it.
///
/// Read are characters, '.', \r \n \t \f \v and escaped punctuation, \x{..} and \uHHHH, \s \S \d \D, \p{..}
/// and \P{..} of general categories, classes of these, groups (?:..) (..) (?i:..) (?>..), what stands before
/// or behind (?=..) (?!..) (?<=..) (?<!..), '|', and the repeats ? * + {n} {n,} {n,m}, with ? or + behind.
/// Source: doc/RE of Oniguruma 6.9, pcre2pattern(3).
Result<std::string> translate_pattern(std::string_view pattern);

}  // namespace inferscale::tokenizer
