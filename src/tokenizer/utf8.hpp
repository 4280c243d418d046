#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// What stands at the start of `bytes`, which must not be empty.
struct Utf8Step {
  std::size_t length = 1;  ///< bytes of the character, or of the maximal subpart that U+FFFD replaces
  bool valid = false;
};

/// Decodes one character by table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing
/// above U+10FFFF. What is ill-formed has the length of its *maximal subpart* (chapter 3.9, "U+FFFD
/// substitution"), as in Python and in browsers.
Utf8Step utf8_step(std::string_view bytes);

/// A character of a text that is known to be well-formed.
struct Utf8Character {
  char32_t code_point = 0;
  std::size_t length = 1;  ///< bytes
};

/// The character at the start of `text`, which must not be empty and must be well-formed.
Utf8Character utf8_character(std::string_view text);

/// Where the last character of `text` begins, which must not be empty and must be well-formed.
std::size_t start_of_last_character(std::string_view text);

/// Bytes up to the first that does not belong to a well-formed character: text.size() when all is well.
std::size_t valid_utf8_prefix(std::string_view text);

/// The text with each maximal ill-formed subpart replaced by U+FFFD: Python's bytes.decode('utf-8',
/// 'replace').
std::string replace_invalid_utf8(std::string_view text);

/// Appends the character to `text`; `code_point` must be a Unicode scalar value.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace inferscale::tokenizer
