#include "quality/logit_row.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inferscale::quality {

LogitRow logit_row(std::span<const float> logits) {
  LogitRow row;
  row.logits = logits;
  const auto top = std::max_element(logits.begin(), logits.end());
  row.top = static_cast<std::size_t>(top - logits.begin());
  double sum = 0;
  double exponentials = 0;
  for (const float logit : logits) {
    sum += static_cast<double>(logit);
    exponentials += std::exp(static_cast<double>(logit) - static_cast<double>(*top));
  }
  row.mean = sum / static_cast<double>(logits.size());
  row.log_sum = static_cast<double>(*top) + std::log(exponentials);
  return row;
}

double variance(const LogitRow& row) {
  double squares = 0;
  for (const float logit : row.logits) {
    const double centred = static_cast<double>(logit) - row.mean;
    squares += centred * centred;
  }
  return squares / static_cast<double>(row.logits.size());
}

double relative(double error, double scale) {
  return error == 0 ? 0 : scale == 0 ? std::numeric_limits<double>::max() : error / scale;
}

}  // namespace inferscale::quality
