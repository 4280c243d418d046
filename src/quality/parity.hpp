#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "client/worker_session.hpp"
#include "record/accuracy_figures.hpp"

namespace inferscale::quality {

/// The logits that a backend gave for the fixed stream: row-major [positions, vocabulary].
struct StreamLogits {
  std::vector<float> values;
  int positions = 0;  ///< of all sequences together
  int vocabulary = 0;
};

/// The stream: four sequences of up to 24 tokens, ids uniform over the vocabulary and the same everywhere
/// (protocol/prompt.hpp). 96 positions; its shape lies inside what the built-in scenarios use, so that
/// engines built for those take it.
std::vector<std::vector<std::int32_t>> parity_stream(int vocabulary, int max_positions);

/// Runs the stream on a worker that has loaded `loaded`: 96 positions with logits: all, the four last ones
/// with logits: last. `scratch` is a file for the logits, removed afterwards. A NaN or infinite logit is
/// Outcome::invalid_output.
Result<StreamLogits> stream_logits(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                                   const std::filesystem::path& scratch, Clock::time_point deadline);

/// Both must have the same shape, and be finite.
record::ParityFigures compare_logits(const StreamLogits& reference, const StreamLogits& other);

}  // namespace inferscale::quality
