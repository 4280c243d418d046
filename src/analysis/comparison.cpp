#include "analysis/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "analysis/distributions.hpp"
#include "analysis/interval.hpp"

namespace inferscale::analysis {
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

/// Of the logarithms' estimate.
LogMean log_mean_from(const Estimate& value) {
  LogMean result{value.n, value.mean, 0, 0, value.n - 1, value.n >= 2};
  if (result.has_error) {
    result.variance = value.sd * value.sd / value.n;
    result.variance_squares = result.variance * result.variance / result.df;
  }
  return result;
}

}  // namespace

LogMean& LogMean::add(const LogMean& part, double weight) {
  const double scale = weight * weight;
  n += part.n;
  mean += weight * part.mean;
  variance += scale * part.variance;
  variance_squares += scale * scale * part.variance_squares;
  df += part.df;
  has_error = has_error && part.has_error;
  return *this;
}

LogMean log_mean(std::span<const double> values) {
  return log_mean_from(estimate(logs(values)));
}

RatioTest inverse(RatioTest test) {
  std::swap(test.n_first, test.n_second);
  test.ratio = 1 / test.ratio;
  if (test.ci95) {
    test.ci95 = Interval{1 / test.ci95->high, 1 / test.ci95->low};
  }
  for (auto* value : {&test.t, &test.cohens_d, &test.hedges_g}) {
    if (*value) {
      **value = -**value;
    }
  }
  test.winner = -test.winner;
  return test;
}

RatioTest compare_log_means(const LogMean& first, const LogMean& second, double confidence) {
  RatioTest result;
  result.n_first = first.n;
  result.n_second = second.n;
  if (first.n == 0 || second.n == 0) {
    return result;
  }
  const double difference = first.mean - second.mean;
  result.ratio = std::exp(difference);
  if (!first.has_error || !second.has_error) {
    return result;
  }
  const double variance = first.variance + second.variance;
  const double df = variance > 0 ? variance * variance / (first.variance_squares + second.variance_squares)
                                 : first.df + second.df;
  const Student test = student(difference, std::sqrt(variance), df, confidence);
  result.ci95 = exponential(test.interval);
  result.t = test.t;
  result.df = test.df;
  result.p = test.p;
  result.winner = test.interval.low > 0 ? 1 : (test.interval.high < 0 ? -1 : 0);
  return result;
}

RatioTest compare_ratio(std::span<const double> first, std::span<const double> second, double confidence) {
  const Estimate a = estimate(logs(first));
  const Estimate b = estimate(logs(second));
  RatioTest result = compare_log_means(log_mean_from(a), log_mean_from(b), confidence);
  if (result.ci95) {
    result.cohens_d = cohens_d(a, b);
    result.hedges_g = hedges_g(a, b);
  }
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

}  // namespace inferscale::analysis
