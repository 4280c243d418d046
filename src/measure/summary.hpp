#pragma once

#include <span>

#include "protocol/measurement.hpp"

namespace inferscale::measure {

/// Quantile p in [0, 1] of ascending values: linear interpolation between order statistics at (n - 1) p, type
/// 7 of Hyndman and Fan 1996, "Sample Quantiles in Statistical Packages" (NumPy's and R's default). Needs 1
/// value.
double quantile(std::span<const double> ascending, double p);

/// Of latencies in milliseconds, at least one. The mean is summed with compensation and the standard
/// deviation in a second pass, so neither loses digits to many or to nearly equal values. Sorts the values in
/// place.
protocol::LatencySummary summarize(std::span<double> latencies_ms);

}  // namespace inferscale::measure
