#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// Unicode's property White_Space, as members of a PCRE2 class. PCRE2's own \s also counts U+180E, which has
/// not been white space since Unicode 6.3.
std::string_view white_space_members();

bool is_white_space(char32_t code_point);

/// Every other character.
std::string_view other_than_white_space_members();

/// \p{NAME} with the tables of Unicode 16, as members of a PCRE2 class, whatever Unicode version PCRE2 has.
/// NAME is a general category, of one letter or two: "L", "Lu". Nothing for other names.
std::optional<std::string> property_members(std::string_view name);

/// What the pre-tokenizer Digits takes for a digit: Nd, Nl and No of Unicode 17, as in tokenizers 0.23.
std::string digit_members();

/// What may stand in a word (\w of Unicode Technical Standard #18, annex C).
std::string word_members();

}  // namespace inferscale::tokenizer
