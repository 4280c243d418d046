#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferscale {

/// Text as a terminal or a file of text may hold it: control characters as '?', but for newline and tab.
/// Those are the bytes below 0x20, DEL, and in UTF-8 U+0080 to U+009F, which terminals obey too.
std::string plain_text(std::string_view text);

/// At most `max_bytes` of the text, ended between two UTF-8 characters; what is left out is counted behind
/// it: "... (4096 bytes more)".
std::string cut_text(std::string_view text, std::size_t max_bytes);

/// Of names that become a folder's or a variant's: letters, digits, '-', '_' and '.'.
bool is_name_character(unsigned char c);
/// The text with '-' for every other character.
std::string name_of_text(std::string text);

}  // namespace inferscale
