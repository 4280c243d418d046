#include "tokenizer/show.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {

std::string show(std::string_view text) {
  std::string shown = replace_invalid_utf8(text.substr(0, 60));
  std::replace_if(shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, '?');
  return fmt::format("'{}{}'", shown, text.size() > 60 ? "..." : "");
}

}  // namespace inferscale::tokenizer
