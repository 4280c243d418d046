#include "analysis/proportion.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/distributions.hpp"

namespace inferscale::analysis {

std::optional<Interval> wilson_interval(int successes, int trials, double confidence) {
  if (trials <= 0 || successes < 0 || successes > trials) {
    return std::nullopt;
  }
  const double n = trials;
  const double share = successes / n;
  const double z = normal_quantile(0.5 + confidence / 2);
  const double scale = 1 + z * z / n;
  const double center = (share + z * z / (2 * n)) / scale;
  const double half_width = z / scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // At 0 and n the bound is 0 or 1 exactly; rounding would leave 1e-17 there.
  return Interval{successes == 0 ? 0.0 : std::max(0.0, center - half_width),
                  successes == trials ? 1.0 : std::min(1.0, center + half_width)};
}

}  // namespace inferscale::analysis
