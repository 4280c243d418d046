#include "report/log_scale.hpp"

#include <fmt/format.h>

#include <cmath>

namespace inferscale::report {

double LogScale::operator()(double value) const {
  return begin + (end - begin) * std::log(value / low) / std::log(high / low);
}

LogScale log_scale(const AxisRange& range, double begin, double end) {
  constexpr double kNarrow = 1.2, kWider = 1.5;
  LogScale scale{range.low, range.high, begin, end};
  if (scale.high < scale.low * kNarrow) {
    scale.low /= kWider;
    scale.high *= kWider;
  }
  return scale;
}

std::vector<double> log_scale_tics(const LogScale& scale) {
  constexpr double kLong = 1e3;
  std::vector<double> tics;
  for (int power = -9; power <= 15; ++power) {
    for (const int digit : {1, 2, 5}) {
      const double value = digit * std::pow(10.0, power);
      if (value >= scale.low && value <= scale.high && (digit == 1 || scale.high / scale.low < kLong)) {
        tics.push_back(value);
      }
    }
  }
  return tics;
}

std::string tic_words(double value) {
  if (value >= 1e6) {
    return fmt::format("{:g} M", value / 1e6);
  }
  return value >= 1e3 ? fmt::format("{:g} k", value / 1e3) : fmt::format("{:g}", value);
}

}  // namespace inferscale::report
