#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
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

/// The logits of sequences of one length in one pass of a worker that has loaded `loaded`: of each sequence
/// all positions, or with logits: last the last one. `what` names the sequences in errors, the rest as
/// stream_logits().
Result<StreamLogits> logits_of(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                               std::vector<std::vector<std::int32_t>> sequences, std::string_view what,
                               const std::filesystem::path& scratch, Clock::time_point deadline);

/// Runs the stream on a worker that has loaded `loaded`: 96 positions with logits: all, the four last ones
/// with logits: last. `scratch` is a file for the logits, removed afterwards. A NaN or infinite logit is
/// Outcome::invalid_output.
Result<StreamLogits> stream_logits(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                                   const std::filesystem::path& scratch, Clock::time_point deadline);

/// Both must have the same shape, and be finite.
record::ParityFigures compare_logits(const StreamLogits& reference, const StreamLogits& other);

}  // namespace inferscale::quality
