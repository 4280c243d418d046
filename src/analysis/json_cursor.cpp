#include "analysis/json_cursor.hpp"

namespace inferscale::analysis {

std::optional<std::string_view> JsonCursor::number(bool integer) {
  skip_space();
  const char* start = at_;
  take_now('-');
  if (!take_now('0') && !digits()) {
    return std::nullopt;
  }
  bool whole = true;
  if (take_now('.')) {
    whole = false;
    if (!digits()) {
      return std::nullopt;
    }
  }
  if (take_now('e') || take_now('E')) {
    whole = false;
    if (!take_now('+')) {
      take_now('-');
    }
    if (!digits()) {
      return std::nullopt;
    }
  }
  if (integer && !whole) {
    return std::nullopt;
  }
  return std::string_view(start, static_cast<std::size_t>(at_ - start));
}

bool JsonCursor::skip(int depth) {
  constexpr int kMaxDepth = 16;
  skip_space();
  if (at_ == end_ || depth > kMaxDepth) {
    return false;
  }
  const auto word = [this](std::string_view text) {
    const bool here =
        std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, text.size()) == text;
    at_ += here ? text.size() : 0;
    return here;
  };
  std::string_view ignored;
  switch (*at_) {
    case '"':
      return read(ignored);
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    case '{':
    case '[': {
      const bool object = *at_++ == '{';
      const char close = object ? '}' : ']';
      if (take(close)) {
        return true;
      }
      do {
        if ((object && (!read(ignored) || !take(':'))) || !skip(depth + 1)) {
          return false;
        }
      } while (take(','));
      return take(close);
    }
    default:
      double value = 0;
      return read(value);
  }
}

}  // namespace inferscale::analysis
