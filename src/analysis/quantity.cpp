#include "analysis/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace inferscale::analysis {
namespace {

/// `digits` significant digits, never in exponent form.
std::string significant(double value, int digits) {
  if (!std::isfinite(value) || value == 0) {
    return fmt::format("{}", value);
  }
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  return fmt::format("{:.{}f}", value, std::clamp(digits - 1 - exponent, 0, 12));
}

}  // namespace

std::string separate_thousands(std::string digits) {
  const auto point = std::min(digits.find('.'), digits.size());
  const std::size_t first = !digits.empty() && digits.front() == '-' ? 1 : 0;
  for (std::size_t at = point; at > first + 3; at -= 3) {
    digits.insert(at - 3, ",");
  }
  return digits;
}

std::string parameters_text(double parameters) {
  if (parameters < 999'500) {
    return separate_thousands(fmt::format("{:.0f}", parameters));
  }
  const bool billions = parameters >= 999.5e6;
  return significant(parameters / (billions ? 1e9 : 1e6), 3) + (billions ? " B" : " M");
}

std::string ratio_text(double ratio) {
  return significant(ratio, 3);
}

std::string number_text(double value) {
  return std::isfinite(value) ? separate_thousands(significant(value, 4)) : fmt::format("{}", value);
}

std::string change_text(double share) {
  const double percent = 100 * share;
  if (std::abs(percent) < 0.005) {
    return percent == 0 ? "0" : "under 0.01%";
  }
  return std::abs(percent) < 10 ? fmt::format("{:+.2f}%", percent) : fmt::format("{:+.1f}%", percent);
}

}  // namespace inferscale::analysis
