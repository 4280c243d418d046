#pragma once

#include <cstddef>

namespace inferscale::record {

/// How far one backend's logits are from the reference's on the fixed stream.
struct ParityFigures {
  int positions = 0;
  double largest_difference = 0;           ///< of two logits
  double largest_relative_difference = 0;  ///< the same, over the reference's largest magnitude
  /// Root mean square of the difference over that of the reference's logits, both after each position's mean
  /// is taken away (softmax does not see it). Free of scale: 0 for the same function, about sqrt(2) for an
  /// unrelated one, whatever the size of the logits.
  double relative_error = 0;
  double mean_kl = 0;         ///< nats, of the backend's distribution from the reference's
  double top1_agreement = 0;  ///< share of positions whose largest logit is the same token
};

/// Of the log probabilities (natural logs) of all predicted tokens.
struct LogProbabilities {
  std::size_t tokens = 0;
  double perplexity = 0;  ///< exp(-mean)
  double mean = 0;
  double sd = 0;  ///< n - 1
  double min = 0, max = 0;
};

struct PerplexityRun {
  LogProbabilities figures;
  std::size_t batches = 0;
  double seconds = 0;    ///< wall time of all batches, the pipe included
  double forward_s = 0;  ///< of which inside the runtime, as the worker says
};

}  // namespace inferscale::record
