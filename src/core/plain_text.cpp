#include "core/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace inferscale {
namespace {

bool is_control(unsigned char c) {
  return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

/// U+0080 to U+009F.
bool is_two_byte_control(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) >= 0x80 &&
         static_cast<unsigned char>(text[1]) < 0xA0;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_two_byte_control(text.substr(i))) {
      plain += '?';
      ++i;
    } else {
      plain += is_control(static_cast<unsigned char>(text[i])) ? '?' : text[i];
    }
  }
  return plain;
}

std::string cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) {
    return std::string(text);
  }
  std::size_t end = max_bytes;
  while (end > 0 && max_bytes - end < 3 && continues_character(text[end])) {
    --end;
  }
  return fmt::format("{}... ({} bytes more)", text.substr(0, end), text.size() - end);
}

bool is_name_character(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
}

std::string name_of_text(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return !is_name_character(c); }, '-');
  return text;
}

}  // namespace inferscale
