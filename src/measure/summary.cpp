#include "measure/summary.hpp"

#include <algorithm>
#include <cmath>

namespace inferscale::measure {
namespace {

/// Neumaier's compensated sum.
template <class Function>
double compensated_sum(std::span<const double> values, Function function) {
  double sum = 0;
  double compensation = 0;
  for (const double value : values) {
    const double term = function(value);
    const double next = sum + term;
    compensation += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
  }
  return sum + compensation;
}

}  // namespace

double quantile(std::span<const double> ascending, double p) {
  const double position = p * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, ascending.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return ascending[below] + fraction * (ascending[above] - ascending[below]);
}

protocol::LatencySummary summarize(std::span<double> latencies_ms) {
  std::sort(latencies_ms.begin(), latencies_ms.end());
  const auto n = static_cast<double>(latencies_ms.size());
  protocol::LatencySummary summary;
  summary.mean = compensated_sum(latencies_ms, [](double x) { return x; }) / n;
  summary.median = quantile(latencies_ms, 0.5);
  summary.p90 = quantile(latencies_ms, 0.9);
  summary.p99 = quantile(latencies_ms, 0.99);
  summary.min = latencies_ms.front();
  summary.max = latencies_ms.back();
  if (latencies_ms.size() > 1) {
    const double squares =
        compensated_sum(latencies_ms, [&](double x) { return (x - summary.mean) * (x - summary.mean); });
    summary.sd = std::sqrt(squares / (n - 1));
  }
  return summary;
}

}  // namespace inferscale::measure
