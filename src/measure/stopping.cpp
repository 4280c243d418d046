#include "measure/stopping.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace inferscale::measure {
namespace {

constexpr int kTableSize = 200;

/// Beyond the table t is within 0.02% of its value at the table's end's neighbours by this expansion
/// (Abramowitz and Stegun, 26.7.5): z + (z^3 + z) / (4 v).
double t975_large(int degrees_of_freedom) {
  constexpr double z = 1.959963984540054;
  return z + (z * z * z + z) / (4.0 * degrees_of_freedom);
}

}  // namespace

StoppingWatch::StoppingWatch(const protocol::StoppingRule& rule) : rule_(rule) {
  t975_.resize(static_cast<std::size_t>(std::clamp(rule.max_iterations, 1, kTableSize)));
  for (std::size_t v = 1; v < t975_.size(); ++v) {
    t975_[v] = boost::math::quantile(boost::math::students_t(static_cast<double>(v)), 0.975);
  }
}

double StoppingWatch::relative_half_width() const {
  if (n_ < 2 || !(mean_ > 0)) {
    return 0;
  }
  const auto v = static_cast<std::size_t>(n_ - 1);
  const double t = v < t975_.size() ? t975_[v] : t975_large(n_ - 1);
  return t * std::sqrt(squares_ / (static_cast<double>(n_ - 1) * n_)) / mean_;
}

bool StoppingWatch::precise_enough() const {
  return n_ >= std::max(rule_.min_iterations, 2) && relative_half_width() <= rule_.target_relative_half_width;
}

bool StoppingWatch::add(double latency_s) {
  ++n_;
  const double delta = latency_s - mean_;
  mean_ += delta / n_;
  squares_ += delta * (latency_s - mean_);
  total_s_ += latency_s;
  return n_ >= rule_.max_iterations || total_s_ >= rule_.max_s || precise_enough();
}

}  // namespace inferscale::measure
