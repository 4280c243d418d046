#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace inferscale::artifact {

/// How calibration chooses the magnitude that int8's 127 stands for; beyond it values are clipped.
enum class CalibrationMethod {
  max,         ///< the largest that was seen: nothing is clipped
  entropy,     ///< least loss of information (Kullback-Leibler divergence)
  percentile,  ///< clips the share of values that lies beyond a percentile
};

std::string_view to_string(CalibrationMethod method);
std::optional<CalibrationMethod> parse_calibration_method(std::string_view text);

/// Counts of magnitudes: bin i is [i, i + 1) x bin_width.
struct MagnitudeHistogram {
  std::vector<std::int64_t> counts;
  double bin_width = 0;
};

/// The end of the first bin up to which at least `percentile` % of the values lie.
double percentile_limit(const MagnitudeHistogram& histogram, double percentile);

/// Migacz, "8-bit Inference with TensorRT" (GTC 2017), which TensorRT's and ONNX Runtime's entropy
/// calibrators follow: of all limits from the 128th bin's end on, the one whose distribution of magnitudes,
/// with what lies beyond it counted in the last bin, diverges least from itself quantised to 128 levels. The
/// levels' bins share a level's count evenly over those that are not empty; a limit whose last bin the
/// quantised distribution does not have diverges without bound. The histogram needs at least 128 bins.
double entropy_limit(const MagnitudeHistogram& histogram);

}  // namespace inferscale::artifact
