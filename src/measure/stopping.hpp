#pragma once

#include <vector>

#include "protocol/measurement.hpp"

namespace inferscale::measure {

/// Watches the timed iterations of one repetition and says when to stop (StoppingRule). add() costs a few
/// nanoseconds: mean and variance by Welford's recurrence (Knuth, TAOCP 2, 4.2.2), and Student's t from a
/// table made beforehand.
class StoppingWatch {
 public:
  explicit StoppingWatch(const protocol::StoppingRule& rule);

  /// Takes the next latency; true when the loop is over.
  bool add(double latency_s);

  [[nodiscard]] int iterations() const { return n_; }
  /// Half-width of the mean's two-sided 95% interval over the mean; 0 for fewer than 2 iterations.
  [[nodiscard]] double relative_half_width() const;

 private:
  [[nodiscard]] bool precise_enough() const;

  protocol::StoppingRule rule_;
  std::vector<double> t975_;  ///< 97.5% quantile of Student's t by degrees of freedom
  int n_ = 0;
  double mean_ = 0;
  double squares_ = 0;  ///< sum of squared deviations from the mean
  double total_s_ = 0;
};

}  // namespace inferscale::measure
