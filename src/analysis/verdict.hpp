#pragma once

#include <string_view>

#include "analysis/comparison.hpp"

namespace inferscale::analysis {

/// How two backends compare once differences that nobody acts on are set aside.
enum class Verdict {
  alike,      ///< the whole interval of the ratio lies inside the indifference band
  faster,     ///< the first is: the interval lies above 1, and not inside the band
  slower,     ///< the second is
  undecided,  ///< the interval contains 1 and leaves the band, or there is none
};
std::string_view to_string(Verdict verdict);
/// Seen from the other side.
Verdict opposite(Verdict verdict);

/// Differences up to this share are none that anyone acts on.
constexpr double kIndifference = 0.05;

/// The band reaches from 1 / (1 + indifference) to 1 + indifference. Of a metric that is no speed, "faster"
/// is the better one.
Verdict verdict_within(const RatioTest& test, double indifference);

}  // namespace inferscale::analysis
