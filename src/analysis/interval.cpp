#include "analysis/interval.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/distributions.hpp"

namespace inferscale::analysis {

std::vector<double> logs(std::span<const double> values) {
  std::vector<double> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), [](double v) { return std::log(v); });
  return result;
}

double arithmetic_mean(std::span<const double> values) {
  if (values.empty()) {
    return 0;
  }
  // Equal values have no spread, exactly; the rounding of their sum must not invent one.
  const bool equal = std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
  return equal ? values.front()
               : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Estimate estimate(std::span<const double> values, double confidence) {
  Estimate result;
  result.n = static_cast<int>(values.size());
  result.mean = arithmetic_mean(values);
  if (values.size() < 2) {
    return result;
  }
  const double n = static_cast<double>(values.size());
  // Two passes: the one-pass formula loses every digit when the spread is small beside the mean.
  double squares = 0;
  for (const double value : values) {
    squares += (value - result.mean) * (value - result.mean);
  }
  result.sd = std::sqrt(squares / (n - 1));
  const double half_width = student_t_quantile(0.5 + confidence / 2, n - 1) * result.sd / std::sqrt(n);
  result.ci95 = Interval{result.mean - half_width, result.mean + half_width};
  return result;
}

Estimate estimate_positive(std::span<const double> values, double confidence) {
  Estimate result = estimate(values, confidence);
  if (result.ci95) {
    const Estimate of_logs = estimate(logs(values), confidence);
    result.ci95 = Interval{std::exp(of_logs.ci95->low), std::exp(of_logs.ci95->high)};
  }
  return result;
}

}  // namespace inferscale::analysis
