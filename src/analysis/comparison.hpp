#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/interval.hpp"

namespace inferscale::analysis {

/// Two sets of repetition values as a ratio first / second of geometric means, tested on logs.
struct RatioTest {
  int n_first = 0, n_second = 0;
  double ratio = 1;
  std::optional<Interval> ci95;  ///< of the ratio; needs 2 values on both sides
  /// Welch's t = difference of log means / its standard error; infinite when both sides have no spread at all
  /// and differ, 0 when they are equal. Welch (1947), Biometrika 34:28.
  std::optional<double> t;
  std::optional<double> df;  ///< Welch-Satterthwaite; n_first + n_second - 2 when there is no spread
  std::optional<double> p;   ///< two-sided
  std::optional<double> p_holm;
  std::optional<double> cohens_d, hedges_g;  ///< of the logs, from the standard deviations of the test
  int winner = 0;  ///< +1 first, -1 second, 0: the interval contains 1, or there is none
};

/// Values above 0 (throughputs); at least one on each side, else the ratio is 1 and nothing is known.
RatioTest compare_ratio(std::span<const double> first, std::span<const double> second,
                        double confidence = 0.95);

/// The same of second / first.
RatioTest inverse(RatioTest test);

/// A mean of logarithms, and what its error is made of: sums and weighted sums of independent means keep
/// both.
struct LogMean {
  int n = 0;  ///< values in it
  double mean = 0;
  double variance = 0;          ///< of the mean
  double variance_squares = 0;  ///< sum of variance^2 / df over its parts: Satterthwaite's denominator
  int df = 0;                   ///< sum over its parts; counts where there is no spread
  bool has_error = true;        ///< false: a part had fewer than 2 values

  LogMean& add(const LogMean& part, double weight);
};
LogMean log_mean(std::span<const double> values);

/// The ratio of two such means: compare_ratio() for values, and the same for what is made of several cells.
/// Degrees of freedom: Satterthwaite (1946), Biometrics Bull. 2:110. No effect sizes: parts have no common
/// deviation.
RatioTest compare_log_means(const LogMean& first, const LogMean& second, double confidence = 0.95);

/// Student's t on differences of pairs, here log(first) - log(second) over scenarios.
struct PairedTest {
  int n = 0;
  double ratio = 1;  ///< geometric mean of the pairs' ratios
  std::optional<Interval> ci95;
  std::optional<double> t, df, p, p_holm;  ///< n >= 2
};

/// Pairs of positive values in the same order.
PairedTest compare_paired(std::span<const double> first, std::span<const double> second,
                          double confidence = 0.95);

/// Holm's step-down adjustment, each at most 1, in the order given. Holm (1979), Scand. J. Statist. 6:65.
std::vector<double> holm_adjust(std::span<const double> p_values);

/// (mean_first - mean_second) / pooled standard deviation; nullopt when the pooled sd is 0 or a side has
/// fewer than 2 values. Cohen (1988), Statistical Power Analysis, 2.5.
std::optional<double> cohens_d(const Estimate& first, const Estimate& second);
/// Cohen's d with the exact small-sample correction J = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n1 + n2
/// - 2. Hedges (1981), J. Educ. Stat. 6:107.
std::optional<double> hedges_g(const Estimate& first, const Estimate& second);

}  // namespace inferscale::analysis
