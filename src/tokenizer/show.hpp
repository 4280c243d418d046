#pragma once

#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// 'text' for a message: cut to 60 bytes, control characters and what is not UTF-8 replaced.
std::string show(std::string_view text);

}  // namespace inferscale::tokenizer
