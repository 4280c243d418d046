#include "analysis/outlier.hpp"

#include <cmath>

#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"

namespace inferscale::analysis {

double grubbs_critical(int n, double significance) {
  const double count = n;
  const double t = student_t_quantile(1 - significance / (2 * count), count - 2);
  return (count - 1) / std::sqrt(count) * std::sqrt(t * t / (count - 2 + t * t));
}

std::vector<int> find_outliers(std::span<const double> values) {
  constexpr double kSignificance = 0.01;
  if (values.size() < 3) {
    return {};
  }
  const Estimate all = estimate(values);
  if (!(all.sd > 0)) {
    return {};
  }
  std::size_t farthest = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (std::abs(values[i] - all.mean) > std::abs(values[farthest] - all.mean)) {
      farthest = i;
    }
  }
  const double g = std::abs(values[farthest] - all.mean) / all.sd;
  if (g > grubbs_critical(all.n, kSignificance)) {
    return {static_cast<int>(farthest)};
  }
  return {};
}

}  // namespace inferscale::analysis
