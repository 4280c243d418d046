#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/interval.hpp"

namespace inferscale::analysis {

// Fields of CSV as in RFC 4180; empty where there is no figure.

/// A text that a spreadsheet would take for a formula (it starts with =, +, -, @, tab or carriage return)
/// gets a ' before it, as OWASP advises ("CSV Injection").
std::string csv_text(std::string_view given);
std::string csv_number(const std::optional<double>& value);
/// "low,high"
std::string csv_interval(const std::optional<Interval>& interval);
/// Names with spaces between them; with semicolons where one of them holds a space, as folders of models may.
std::string csv_list(const std::vector<std::string>& names);

}  // namespace inferscale::analysis
