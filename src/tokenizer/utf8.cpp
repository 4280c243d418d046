#include "tokenizer/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace inferscale::tokenizer {
namespace {

/// What may follow a lead byte: how many continuation bytes, and the narrower range of the first of them.
struct Lead {
  std::size_t continuations = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
};

/// False for bytes that begin nothing: continuation bytes, C0, C1 (overlong), F5 and above.
bool lead_of(unsigned char byte, Lead& lead) {
  if (byte >= 0xC2 && byte <= 0xDF) {
    lead = {1, 0x80, 0xBF};
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    // E0 80..9F would be overlong, ED A0..BF a surrogate.
    lead = {2, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    // F0 80..8F would be overlong, F4 90..BF above U+10FFFF.
    lead = {3, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
  } else {
    return false;
  }
  return true;
}

/// Bytes of ASCII at the start of the text, rounded down to whole words of eight.
std::size_t ascii_words(std::string_view text) {
  std::size_t at = 0;
  while (text.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) {
      break;
    }
    at += sizeof word;
  }
  return at;
}

}  // namespace

Utf8Step utf8_step(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) {
    return {1, true};
  }
  Lead lead;
  if (!lead_of(first, lead)) {
    return {1, false};
  }
  for (std::size_t i = 1; i <= lead.continuations; ++i) {
    const unsigned char lowest = i == 1 ? lead.lowest : 0x80;
    const unsigned char highest = i == 1 ? lead.highest : 0xBF;
    if (i >= bytes.size()) {
      return {i, false};
    }
    const auto next = static_cast<unsigned char>(bytes[i]);
    if (next < lowest || next > highest) {
      return {i, false};
    }
  }
  return {lead.continuations + 1, true};
}

Utf8Character utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto bits = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3FU); };
  if (byte(0) < 0x80) {
    return {byte(0), 1};
  }
  if (byte(0) < 0xE0) {
    return {(static_cast<char32_t>(byte(0) & 0x1FU) << 6U) | bits(1), 2};
  }
  if (byte(0) < 0xF0) {
    return {(static_cast<char32_t>(byte(0) & 0x0FU) << 12U) | (bits(1) << 6U) | bits(2), 3};
  }
  return {(static_cast<char32_t>(byte(0) & 0x07U) << 18U) | (bits(1) << 12U) | (bits(2) << 6U) | bits(3), 4};
}

std::size_t start_of_last_character(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
    --at;
  }
  return at;
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    at += ascii_words(text.substr(at));
    // A word's worth of characters one by one, then ASCII is tried again.
    for (int i = 0; i < 8 && at < text.size(); ++i) {
      const Utf8Step step = utf8_step(text.substr(at));
      if (!step.valid) {
        return at;
      }
      at += step.length;
    }
  }
  return at;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string replaced;
  replaced.reserve(text.size());
  while (!text.empty()) {
    const std::size_t valid = valid_utf8_prefix(text);
    replaced += text.substr(0, valid);
    text.remove_prefix(valid);
    if (!text.empty()) {
      replaced += "\xEF\xBF\xBD";
      text.remove_prefix(utf8_step(text).length);
    }
  }
  return replaced;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto continuation = [&](int shift) {
    text += static_cast<char>(0x80U | ((code_point >> static_cast<unsigned>(shift)) & 0x3FU));
  };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0U | (code_point >> 6U));
    continuation(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0U | (code_point >> 12U));
    continuation(6);
    continuation(0);
  } else {
    text += static_cast<char>(0xF0U | (code_point >> 18U));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

}  // namespace inferscale::tokenizer
