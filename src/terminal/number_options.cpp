#include "terminal/number_options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace inferscale::terminal {
namespace {

/// The whole text as a number; nullopt for anything else, and for what T cannot hold.
template <class T>
std::optional<T> parsed(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const char* start = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [stop, error] = std::from_chars(start, end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<double> finite(const std::string& text) {
  const auto value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

/// "" where it holds, as CLI11 wants it.
std::string must_be(bool holds, const std::string& what, const std::string& text) {
  return holds ? std::string() : fmt::format("must be {}, not '{}'", what, text);
}

}  // namespace

CLI::Validator number_in(NumberRange range) {
  const auto check = [range](std::string& text) {
    const auto value = finite(text);
    return must_be(value && *value >= range.low && *value <= range.high,
                   fmt::format("a number from {} to {}", range.low, range.high), text);
  };
  return {check, ""};
}

CLI::Validator whole_number_in(NumberRange range) {
  const auto check = [range](std::string& text) {
    const auto value = parsed<std::int64_t>(text);
    const bool inside =
        value && static_cast<double>(*value) >= range.low && static_cast<double>(*value) <= range.high;
    const auto wrong =
        must_be(inside, fmt::format("a whole number from {:.0f} to {:.0f}", range.low, range.high), text);
    if (inside) {
      text = fmt::format("{}", *value);  // CLI11 takes a 0 in front for an octal number
    }
    return wrong;
  };
  return {check, ""};
}

CLI::Validator positive_number() {
  const auto check = [](std::string& text) {
    const auto value = finite(text);
    return must_be(value && *value > 0, "a number above 0", text);
  };
  return {check, ""};
}

CLI::Validator number_from_zero() {
  const auto check = [](std::string& text) {
    const auto value = finite(text);
    return must_be(value && *value >= 0, "a number, 0 or above", text);
  };
  return {check, ""};
}

CLI::Validator seed_number() {
  const auto check = [](std::string& text) {
    const auto value = parsed<std::uint64_t>(text);
    const auto wrong =
        must_be(value.has_value(),
                fmt::format("a whole number from 0 to {}", std::numeric_limits<std::uint64_t>::max()), text);
    if (value) {
      text = fmt::format("{}", *value);
    }
    return wrong;
  };
  return {check, ""};
}

}  // namespace inferscale::terminal
