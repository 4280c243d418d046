#include "analysis/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"

namespace inferscale {
namespace {

struct Student {
  double t = 0, df = 0, p = 1;
  Interval interval;  ///< of the difference
};

/// Without spread there is nothing to estimate an error from: a difference is then certain, and so is its
/// absence.
Student student(double difference, double standard_error, double df, double confidence) {
  Student result;
  result.df = df;
  if (standard_error > 0) {
    result.t = difference / standard_error;
  } else if (difference != 0) {
    result.t = std::copysign(std::numeric_limits<double>::infinity(), difference);
  }
  result.p = student_t_two_sided_p(result.t, df);
  const double half_width = student_t_quantile(0.5 + confidence / 2, df) * standard_error;
  result.interval = {difference - half_width, difference + half_width};
  return result;
}

Interval exponential(const Interval& interval) {
  return {std::exp(interval.low), std::exp(interval.high)};
}

double pooled_sd(const Estimate& first, const Estimate& second) {
  const double df = first.n + second.n - 2;
  return std::sqrt(((first.n - 1) * first.sd * first.sd + (second.n - 1) * second.sd * second.sd) / df);
}

}  // namespace

RatioTest compare_ratio(std::span<const double> first, std::span<const double> second, double confidence) {
  RatioTest result;
  result.n_first = static_cast<int>(first.size());
  result.n_second = static_cast<int>(second.size());
  if (first.empty() || second.empty()) {
    return result;
  }
  const Estimate a = estimate(logs(first));
  const Estimate b = estimate(logs(second));
  const double difference = a.mean - b.mean;
  result.ratio = std::exp(difference);
  if (a.n < 2 || b.n < 2) {
    return result;
  }
  const double variance_a = a.sd * a.sd / a.n;
  const double variance_b = b.sd * b.sd / b.n;
  const double variance = variance_a + variance_b;
  const double df =
      variance > 0
          ? variance * variance / (variance_a * variance_a / (a.n - 1) + variance_b * variance_b / (b.n - 1))
          : a.n + b.n - 2;
  const Student test = student(difference, std::sqrt(variance), df, confidence);
  result.ci95 = exponential(test.interval);
  result.t = test.t;
  result.df = test.df;
  result.p = test.p;
  result.cohens_d = cohens_d(a, b);
  result.hedges_g = hedges_g(a, b);
  result.winner = test.interval.low > 0 ? 1 : (test.interval.high < 0 ? -1 : 0);
  return result;
}

RatioTest compare_ratio_across(std::span<const RatioSample> cells, double confidence) {
  RatioTest result;
  double difference = 0;
  double variance = 0;
  double scaled_squares = 0;  // of Satterthwaite's denominator
  const auto add = [&](std::span<const double> values, double sign) {
    const Estimate value = estimate(logs(values));
    const double here = value.sd * value.sd / value.n;
    variance += here;
    scaled_squares += here * here / (value.n - 1);
    difference += sign * value.mean;
  };
  for (const RatioSample& cell : cells) {
    if (cell.first.size() < 2 || cell.second.size() < 2) {
      return {};
    }
    add(cell.first, 1);
    add(cell.second, -1);
    result.n_first += static_cast<int>(cell.first.size());
    result.n_second += static_cast<int>(cell.second.size());
  }
  if (cells.empty()) {
    return result;
  }
  const auto count = static_cast<double>(cells.size());
  const double df =
      variance > 0 ? variance * variance / scaled_squares : result.n_first + result.n_second - 2 * count;
  const Student test = student(difference / count, std::sqrt(variance) / count, df, confidence);
  result.ratio = std::exp(difference / count);
  result.ci95 = exponential(test.interval);
  result.t = test.t;
  result.df = test.df;
  result.p = test.p;
  result.winner = test.interval.low > 0 ? 1 : (test.interval.high < 0 ? -1 : 0);
  return result;
}

PairedTest compare_paired(std::span<const double> first, std::span<const double> second, double confidence) {
  PairedTest result;
  const std::size_t n = std::min(first.size(), second.size());
  result.n = static_cast<int>(n);
  if (n == 0) {
    return result;
  }
  std::vector<double> differences(n);
  for (std::size_t i = 0; i < n; ++i) {
    differences[i] = std::log(first[i]) - std::log(second[i]);
  }
  const Estimate difference = estimate(differences);
  result.ratio = std::exp(difference.mean);
  if (n < 2) {
    return result;
  }
  const Student test = student(difference.mean, difference.sd / std::sqrt(static_cast<double>(n)),
                               difference.n - 1, confidence);
  result.ci95 = exponential(test.interval);
  result.t = test.t;
  result.df = test.df;
  result.p = test.p;
  return result;
}

std::vector<double> holm_adjust(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = p_values[order[rank]] * static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, scaled));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::optional<double> cohens_d(const Estimate& first, const Estimate& second) {
  if (first.n < 2 || second.n < 2) {
    return std::nullopt;
  }
  const double sd = pooled_sd(first, second);
  return sd > 0 ? std::optional((first.mean - second.mean) / sd) : std::nullopt;
}

std::optional<double> hedges_g(const Estimate& first, const Estimate& second) {
  const auto d = cohens_d(first, second);
  if (!d) {
    return std::nullopt;
  }
  const double m = first.n + second.n - 2;
  return *d * gamma_ratio(m / 2, (m - 1) / 2) / std::sqrt(m / 2);
}

}  // namespace inferscale
