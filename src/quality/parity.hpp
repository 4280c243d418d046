#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "worker/worker_session.hpp"

namespace inferscale {

/// The logits that a backend gave for the fixed stream: row-major [positions, vocabulary].
struct StreamLogits {
  std::vector<float> values;
  int positions = 0;  ///< of all sequences together
  int vocabulary = 0;
};

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

/// The stream: four sequences of up to 24 tokens, ids uniform over the vocabulary and the same everywhere
/// (measure/prompt.hpp). 96 positions; its shape lies inside what the built-in scenarios use, so that engines
/// built for those take it.
std::vector<std::vector<std::int32_t>> parity_stream(int vocabulary, int max_positions);

/// Runs the stream on a worker that has loaded `loaded`: 96 positions with logits: all, the four last ones
/// with logits: last. `scratch` is a file for the logits, removed afterwards. A NaN or infinite logit is
/// Outcome::invalid_output.
Result<StreamLogits> stream_logits(WorkerSession& worker, const LoadRequest& loaded,
                                   const std::filesystem::path& scratch, Clock::time_point deadline);

/// Both must have the same shape, and be finite.
ParityFigures compare_logits(const StreamLogits& reference, const StreamLogits& other);

}  // namespace inferscale
