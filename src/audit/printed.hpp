#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/interval.hpp"

namespace inferscale::audit {

/// A number as it stands in a published table, and what it may have been before it was rounded: "76.4" is
/// 76.35 to 76.45, "1.2e-04" is 1.15e-4 to 1.25e-4, "<1e-09" is 0 to 1e-9.
struct Printed {
  std::string text;
  double value = 0;          ///< the bound, for "<"
  analysis::Interval range;  ///< every printed digit counts, zeros at the end too
  analysis::Interval loose;  ///< zeros at the end of a whole number may be rounding: "2150" is 2145 to 2155
};

/// nullopt for what is no number: "NaN", "inf", words.
std::optional<Printed> parse_printed(std::string_view text);

/// A figure computed from printed ones.
struct Recomputed {
  double value = 0;
  analysis::Interval range;  ///< what it may be, given how its inputs were rounded; holds `value`
  analysis::Interval loose;  ///< the same from the inputs' loose ranges

  /// A figure that stands in another table.
  static Recomputed copy_of(const Printed& printed) { return {printed.value, printed.range, printed.loose}; }
  /// A figure that is known exactly.
  static Recomputed exactly(double value) { return {value, {value, value}, {value, value}}; }
};

using AuditFigure = std::function<std::optional<double>(const std::vector<double>&)>;

/// figure(values), and its range: each input is moved to both ends of its rounding alone, and the largest
/// deviations are added up. Exact for sums and differences; for the smooth figures here it is exact up to the
/// square of the inputs' relative rounding. nullopt when the figure does not exist for the values; an input
/// that makes it vanish widens nothing.
std::optional<Recomputed> recompute(const std::vector<Printed>& inputs, const AuditFigure& figure);

/// Whether one figure can be the other: their ranges meet. A rounding error of the computer's own (1e-9
/// relative) is forgiven.
bool ranges_meet(const analysis::Interval& first, const analysis::Interval& second);

}  // namespace inferscale::audit
