#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/backend.hpp"

namespace inferscale {

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

/// Scores sequences in one forward pass of shape [sequences, length]. Shorter ones are padded on the right
/// with token 0; attention is causal, so that no scored position sees the padding.
///
/// Errors: a backend loaded with logits 'last' is Outcome::error; a length beyond the model's positions
/// Outcome::profile_mismatch; tokens outside the vocabulary Outcome::error; a NaN or infinite logit at a
/// scored position Outcome::invalid_output; what the backend says passes through.
Result<Scores> score(Backend& backend, const LoadRequest& load, const ScoreRequest& request);

}  // namespace inferscale
