#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace inferscale::analysis {

/// A strict reader of JSON text that takes only the plain case: strings of printable ASCII without escapes.
/// Every function returns false (or nothing) where the text is anything else, and the caller gives up.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) {
      return false;
    }
    ++at_;
    return true;
  }
  bool take_null() {
    skip_space();
    if (end_ - at_ < 4 || std::memcmp(at_, "null", 4) != 0) {
      return false;
    }
    at_ += 4;
    return true;
  }
  bool at_end() {
    skip_space();
    return at_ == end_;
  }
  bool read(std::string_view& value) {
    if (!take('"')) {
      return false;
    }
    const char* start = at_;
    while (at_ != end_ && *at_ != '"') {
      const auto c = static_cast<unsigned char>(*at_);
      if (c < 0x20 || c >= 0x7f || c == '\\') {
        return false;
      }
      ++at_;
    }
    if (at_ == end_) {
      return false;
    }
    value = std::string_view(start, static_cast<std::size_t>(at_ - start));
    ++at_;
    return true;
  }
  bool read(double& value) {
    const auto text = number(false);
    return text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc{} &&
           std::isfinite(value);
  }
  bool read(std::int64_t& value) {
    const auto text = number(true);
    return text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc{};
  }
  /// Any value, thrown away.
  bool skip(int depth = 0);
  /// Any value, as the text it is.
  bool read_raw(std::string_view& value) {
    skip_space();
    const char* start = at_;
    const bool whole = skip();
    value = std::string_view(start, static_cast<std::size_t>(at_ - start));
    return whole;
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) {
      ++at_;
    }
  }
  bool digits() {
    const char* start = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
      ++at_;
    }
    return at_ != start;
  }
  bool take_now(char c) {
    const bool here = at_ != end_ && *at_ == c;
    at_ += here ? 1 : 0;
    return here;
  }
  /// JSON's number grammar (RFC 8259, section 6), which is narrower than what from_chars takes.
  std::optional<std::string_view> number(bool integer);

  const char* at_;
  const char* end_;
};

}  // namespace inferscale::analysis
