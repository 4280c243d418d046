#pragma once

#include <string>
#include <vector>

#include "report/plot_parts.hpp"

namespace inferscale::report {

/// A logarithmic axis from `begin` to `end` of a picture.
struct LogScale {
  double low = 1, high = 10, begin = 0, end = 1;
  double operator()(double value) const;
};
/// Wider where all values are nearly one.
LogScale log_scale(const AxisRange& range, double begin, double end);
/// 1, 2 and 5 of each power of ten; the powers alone on long axes.
std::vector<double> log_scale_tics(const LogScale& scale);
/// "50 k", "10 M"
std::string tic_words(double value);

}  // namespace inferscale::report
