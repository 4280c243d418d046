#include "artifact/histogram_limit.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace inferscale::artifact {
namespace {

constexpr std::size_t kLevels = 128;
constexpr std::array kMethods{CalibrationMethod::max, CalibrationMethod::entropy,
                              CalibrationMethod::percentile};

struct Level {
  double count = 0;     ///< of the values in its bins
  double occupied = 0;  ///< bins that are not empty
};

/// KL(P || Q) of the first `size` bins, with `beyond` values added to P's last one.
double divergence(const std::vector<std::int64_t>& counts, std::size_t size, double beyond) {
  std::array<Level, kLevels> levels{};
  double kept = 0;
  for (std::size_t bin = 0; bin < size; ++bin) {
    const auto count = static_cast<double>(counts[bin]);
    auto& level = levels[bin * kLevels / size];
    level.count += count;
    level.occupied += count > 0 ? 1 : 0;
    kept += count;
  }
  double sum = 0;
  for (std::size_t bin = 0; bin < size; ++bin) {
    const auto count = static_cast<double>(counts[bin]);
    const double p = (count + (bin + 1 == size ? beyond : 0)) / (kept + beyond);
    if (p <= 0) {
      continue;
    }
    if (count <= 0) {  // only what lies beyond: Q has nothing there
      return std::numeric_limits<double>::infinity();
    }
    const auto& level = levels[bin * kLevels / size];
    sum += p * std::log(p * kept * level.occupied / level.count);
  }
  return sum;
}

}  // namespace

std::string_view to_string(CalibrationMethod method) {
  switch (method) {
    case CalibrationMethod::max:
      return "max";
    case CalibrationMethod::entropy:
      return "entropy";
    default:
      return "percentile";
  }
}

std::optional<CalibrationMethod> parse_calibration_method(std::string_view text) {
  for (const auto method : kMethods) {
    if (to_string(method) == text) {
      return method;
    }
  }
  return std::nullopt;
}

double percentile_limit(const MagnitudeHistogram& histogram, double percentile) {
  const auto total = std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t{0});
  const double wanted = static_cast<double>(total) * percentile / 100;
  std::int64_t below = 0;
  std::size_t bin = 0;
  do {
    below += histogram.counts[bin++];
  } while (static_cast<double>(below) < wanted && bin < histogram.counts.size());
  return static_cast<double>(bin) * histogram.bin_width;
}

double entropy_limit(const MagnitudeHistogram& histogram) {
  const auto& counts = histogram.counts;
  auto beyond = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = counts.size();
  for (std::size_t size = 1; size <= counts.size(); ++size) {
    beyond -= static_cast<double>(counts[size - 1]);
    if (size < kLevels) {
      continue;
    }
    if (const double found = divergence(counts, size, beyond); found < least) {
      least = found;
      best = size;
    }
  }
  return static_cast<double>(best) * histogram.bin_width;
}

}  // namespace inferscale::artifact
