#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// GPT-2's vocabulary files write each byte as one printable character, so that tokens can stand in JSON and
/// in lines of text: the printable bytes of Latin-1 as themselves, the other 68 as U+0100 and on, in order
/// ("Ġ" is a space). Source: bytes_to_unicode in OpenAI's GPT-2 release (encoder.py).
const std::array<std::string, 256>& byte_symbols();

/// The bytes that a token of a vocabulary file stands for, or nothing when a character is not of the
/// alphabet.
std::optional<std::string> bytes_of_symbols(std::string_view symbols);

}  // namespace inferscale::tokenizer
