#include "audit/printed.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace inferscale::audit {
namespace {

/// Half of one unit in the last printed place of "12.30e-4".
double half_unit(std::string_view text) {
  const auto e = text.find_first_of("eE");
  const auto mantissa = text.substr(0, e);
  int exponent = 0;
  if (e != std::string_view::npos) {
    const auto digits = text.substr(e + 1 + (text.substr(e + 1).starts_with('+') ? 1 : 0));
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  }
  const auto point = mantissa.find('.');
  const int decimals = point == std::string_view::npos ? 0 : static_cast<int>(mantissa.size() - point) - 1;
  return 0.5 * std::pow(10.0, exponent - decimals);
}

/// How often a whole number is divisible by 10: "2150" once; 0 for everything else.
int zeros_at_end(std::string_view text) {
  const auto last = text.find_last_not_of('0');
  const bool whole = text.find_first_not_of("-0123456789") == std::string_view::npos;
  return whole && last != std::string_view::npos ? static_cast<int>(text.size() - last) - 1 : 0;
}

/// The figure's range when each input moves inside the range that `ends` picks.
analysis::Interval spread(const std::vector<Printed>& inputs, analysis::Interval Printed::* ends,
                          std::vector<double> values, double middle, const AuditFigure& figure) {
  analysis::Interval range{middle, middle};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    double lowest = 0;
    double highest = 0;
    for (const double moved : {(inputs[i].*ends).low, (inputs[i].*ends).high}) {
      values[i] = moved;
      const auto other = figure(values);
      if (other && std::isfinite(*other)) {
        lowest = std::min(lowest, *other - middle);
        highest = std::max(highest, *other - middle);
      }
    }
    values[i] = inputs[i].value;
    range.low += lowest;
    range.high += highest;
  }
  return range;
}

}  // namespace

std::optional<Printed> parse_printed(std::string_view text) {
  const bool bound = text.starts_with('<');
  const auto number = text.substr(bound ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  const double half = half_unit(number);
  if (bound) {
    return Printed{std::string(text), value, {0, value}, {0, value}};
  }
  const double loose = half * std::pow(10.0, zeros_at_end(number));
  return Printed{std::string(text), value, {value - half, value + half}, {value - loose, value + loose}};
}

std::optional<Recomputed> recompute(const std::vector<Printed>& inputs, const AuditFigure& figure) {
  std::vector<double> values;
  for (const Printed& input : inputs) {
    values.push_back(input.value);
  }
  const auto middle = figure(values);
  if (!middle || !std::isfinite(*middle)) {
    return std::nullopt;
  }
  return Recomputed{*middle, spread(inputs, &Printed::range, values, *middle, figure),
                    spread(inputs, &Printed::loose, values, *middle, figure)};
}

bool ranges_meet(const analysis::Interval& first, const analysis::Interval& second) {
  const auto slack = [](double bound) { return std::isfinite(bound) ? 1e-9 * std::abs(bound) : 0; };
  return first.low <= second.high + slack(second.high) && second.low <= first.high + slack(first.high);
}

}  // namespace inferscale::audit
