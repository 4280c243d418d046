#include "measure/step_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "measure/log_probability.hpp"
#include "measure/logits.hpp"
#include "protocol/top_logit.hpp"

namespace inferscale::measure {
namespace {

/// Calls `score` with the logits of each sequence and its number, and keeps what comes of it.
template <class Score>
Result<std::vector<double>> of_each_sequence(const LogitsView& logits, int sequences, int vocabulary,
                                             Score score) {
  TRY(check_shape(logits, {sequences, 1}, protocol::LogitsScope::last, vocabulary));
  std::vector<float> converted(static_cast<std::size_t>(vocabulary));
  std::vector<double> scores;
  for (std::size_t i = 0; i < static_cast<std::size_t>(sequences); ++i) {
    scores.push_back(score(row_f32(logits, i, converted), i));
    if (!std::isfinite(scores.back())) {
      return fail_as(Outcome::invalid_output, "a logit is NaN or infinite: sequence {}", i);
    }
  }
  return scores;
}

/// NaN where a logit is NaN or infinite.
double gap_of(std::span<const float> logits) {
  const bool finite =
      std::all_of(logits.begin(), logits.end(), [](float logit) { return std::isfinite(logit); });
  return finite ? protocol::top_logit(logits).gap : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Result<std::vector<double>> next_log_probabilities(const LogitsView& logits,
                                                   std::span<const std::int32_t> tokens, int vocabulary) {
  return of_each_sequence(logits, static_cast<int>(tokens.size()), vocabulary,
                          [&](std::span<const float> row, std::size_t sequence) {
                            return log_probability(row, static_cast<std::size_t>(tokens[sequence]));
                          });
}

Result<std::vector<double>> top_gaps(const LogitsView& logits, int sequences, int vocabulary) {
  return of_each_sequence(logits, sequences, vocabulary,
                          [](std::span<const float> row, std::size_t /*sequence*/) { return gap_of(row); });
}

}  // namespace inferscale::measure
