#include "tokenizer/pattern_repeat.hpp"

#include <charconv>
#include <climits>

namespace inferscale::tokenizer {
namespace {

bool read_number(std::string_view digits, unsigned& value) {
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && stopped == digits.data() + digits.size() && value <= kMaxRepeat;
}

}  // namespace

std::optional<Repeat> read_repeat(std::string_view pattern) {
  switch (pattern[0]) {
    case '?':
      return Repeat{0, 1};
    case '*':
      return Repeat{0, UINT_MAX};
    case '+':
      return Repeat{1, UINT_MAX};
    default:
      break;
  }
  const std::size_t end = pattern.find('}');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view inside = pattern.substr(1, end - 1);
  const std::size_t comma = inside.find(',');
  Repeat repeat{0, UINT_MAX, true, end + 1};
  if (!read_number(inside.substr(0, comma), repeat.least)) {
    return std::nullopt;
  }
  if (comma == std::string_view::npos) {
    repeat.most = repeat.least;
  } else if (comma + 1 < inside.size() && !read_number(inside.substr(comma + 1), repeat.most)) {
    return std::nullopt;
  }
  return repeat.most < repeat.least || repeat.most == 0 ? std::nullopt : std::optional(repeat);
}

}  // namespace inferscale::tokenizer
