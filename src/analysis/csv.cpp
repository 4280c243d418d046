#include "analysis/csv.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace inferscale::analysis {

std::string csv_text(std::string_view given) {
  const bool formula =
      !given.empty() && std::string_view("=+-@\t\r").find(given[0]) != std::string_view::npos;
  std::string text = (formula ? "'" : "") + std::string(given);
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += '"';
    }
  }
  return quoted + '"';
}

std::string csv_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : std::string();
}

std::string csv_interval(const std::optional<Interval>& interval) {
  return interval ? csv_number(interval->low) + "," + csv_number(interval->high) : std::string(",");
}

std::string csv_list(const std::vector<std::string>& names) {
  const bool spaces = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find(' ') != std::string::npos;
  });
  return csv_text(fmt::format("{}", fmt::join(names, spaces ? ";" : " ")));
}

}  // namespace inferscale::analysis
