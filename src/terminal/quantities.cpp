#include "terminal/quantities.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace inferscale::terminal {
namespace {

/// The number at the start, and what follows it.
std::optional<double> leading_number(std::string_view text, std::string_view& rest) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) {
    return std::nullopt;
  }
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// "onnxruntime-cpu=0.2"
Result<std::pair<std::string, double>> parse_price(const std::string& text) {
  const auto at = text.rfind('=');
  double price = 0;
  const char* end = text.data() + text.size();
  const char* start = at == std::string::npos ? end : text.data() + at + 1;
  const auto [stop, error] = std::from_chars(start, end, price);
  if (at == std::string::npos || at == 0 || error != std::errc{} || stop != end || !std::isfinite(price) ||
      price < 0) {
    return fail_usage("--cost-per-hour: '{}' is no price; write BACKEND=PRICE, such as onnxruntime-cpu=0.2",
                      text);
  }
  return std::pair{text.substr(0, at), price};
}

}  // namespace

Result<double> parse_parameters(std::string_view text, std::string_view option) {
  std::string_view rest;
  const auto number = leading_number(text, rest);
  const double unit = rest.empty()                 ? 1
                      : rest == "k" || rest == "K" ? 1e3
                      : rest == "M" || rest == "m" ? 1e6
                      : rest == "B" || rest == "G" ? 1e9
                                                   : 0;
  if (!number || unit == 0 || *number <= 0) {
    return fail_usage("{}: '{}' is no number of parameters; give one such as 60M, 1.2B or 124439808", option,
                      text);
  }
  return *number * unit;
}

Result<std::map<std::string, double>> parse_prices(std::span<const std::string> texts) {
  std::map<std::string, double> prices;
  for (const std::string& text : texts) {
    TRY_ASSIGN(const auto price, parse_price(text));
    if (!prices.insert(price).second) {
      return fail_usage("--cost-per-hour: '{}' is given twice", price.first);
    }
  }
  return prices;
}

}  // namespace inferscale::terminal
