#pragma once

#include <optional>
#include <span>
#include <vector>

namespace inferscale::analysis {

/// A mean with its two-sided interval.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Mean, standard deviation (n - 1) and Student's t interval over repetition values. Fewer than 2 values: no
/// interval. Source: any text on one-sample t; t quantile from Boost.Math.
struct Estimate {
  int n = 0;
  double mean = 0;
  double sd = 0;
  std::optional<Interval> ci95;
};

/// Natural logarithms of positive values.
std::vector<double> logs(std::span<const double> values);

/// 0 without values. Equal values have exactly theirs.
double arithmetic_mean(std::span<const double> values);

Estimate estimate(std::span<const double> values, double confidence = 0.95);

/// Of values above 0: the interval is that of the mean of logarithms, so that it never reaches below 0; mean
/// and sd are plain.
Estimate estimate_positive(std::span<const double> values, double confidence = 0.95);

}  // namespace inferscale::analysis
