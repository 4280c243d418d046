#pragma once

#include <string>

#include "tokenizer/utf8.hpp"

namespace inferscale::test {

/// Calls back with every `step`-th Unicode scalar value, as UTF-8.
template <class Callback>
void for_each_character(int step, Callback callback) {
  int index = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) {
      continue;
    }
    if (index++ % step == 0) {
      std::string text;
      tokenizer::append_utf8(text, c);
      callback(text);
    }
  }
}

/// Each between other characters: a letter, a number, spaces and a mark.
inline std::string characters_in_context(int step) {
  std::string text;
  for_each_character(step, [&](const std::string& c) {
    text.append("a").append(c).append("1 ").append(c).append(c).append("  ").append(c).append(".");
  });
  return text;
}

}  // namespace inferscale::test
