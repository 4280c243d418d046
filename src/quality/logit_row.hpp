#pragma once

#include <cstddef>
#include <span>

namespace inferscale::quality {

/// What comparisons need of the logits of one position.
struct LogitRow {
  std::span<const float> logits;
  double mean = 0;
  double log_sum =
      0;  ///< natural log of the sum of exponentials: a token's log probability is its logit less it
  std::size_t top = 0;  ///< the token of the highest logit; the lowest among equals
};

/// `logits`: one at least, and finite. They must outlive the row.
LogitRow logit_row(std::span<const float> logits);

/// Mean square of the logits about their mean.
double variance(const LogitRow& row);

/// error / scale. Of logits that are all alike everything is infinitely far: as a number that JSON can hold.
double relative(double error, double scale);

}  // namespace inferscale::quality
