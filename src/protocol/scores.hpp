#pragma once

#include <cstdint>
#include <vector>

namespace inferscale::protocol {

/// Sequences to score in one forward pass, as the protocol carries them.
struct ScoreRequest {
  std::vector<std::vector<std::int32_t>> tokens;  ///< a list a sequence, lengths differ, none is empty
  int length = 0;                                 ///< tokens that each is padded to; 0: the longest's
};

/// What the model says of each token but a sequence's first.
struct Scores {
  /// Natural logs of the probability of tokens[s][i + 1] after tokens[s][0..i]: one fewer than there are
  /// tokens.
  std::vector<std::vector<double>> log_probabilities;
  double forward_s = 0;  ///< wall time inside Backend::forward
};

/// What `start` and `step` say of each sequence beside the token that is chosen, in the sequences' order.
struct StepScores {
  /// Of `step`: natural log of the probability of the token that is now appended, after those before it.
  /// Empty of `start`.
  std::vector<double> log_probabilities;
  /// Of the new pass: the highest logit less the second highest, of two tokens. 0: the lower token was
  /// chosen.
  std::vector<double> gaps;
};

}  // namespace inferscale::protocol
