#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "client/worker_session.hpp"
#include "record/accuracy_figures.hpp"

namespace inferscale::quality {

using TokenSequences = std::vector<std::vector<std::int32_t>>;

/// How sequences are put into batches. The figures do not depend on it (docs/explanation/accuracy.md), only
/// the time does.
struct Batching {
  std::size_t batch = 4;  ///< sequences a forward pass
  /// Sequences of like length together, longest first, each batch padded to the next multiple of 8, the last
  /// one filled up with sequences that do not count: few shapes and little padding. Otherwise in the corpus's
  /// order, padded to the longest, as TR118 did.
  bool by_length = true;
  int max_length = 1024;  ///< never pad beyond it: the model's positions
};

/// One forward pass.
struct ScoreBatch {
  std::vector<std::size_t> sequences;  ///< their numbers
  std::size_t counted = 0;             ///< the first so many count; the rest only fill the last batch up
  int length = 0;                      ///< tokens that each is padded to
};

/// Every sequence that predicts something (two tokens or more) in one batch.
std::vector<ScoreBatch> plan_batches(const TokenSequences& sequences, const Batching& batching);

/// Of natural logs of probabilities.
record::LogProbabilities summarise(std::span<const double> log_probabilities);

struct PerplexityOptions {
  Batching batching;
  double batch_timeout_s = 180;  ///< hard deadline of one batch
  std::function<void(std::size_t done, std::size_t batches)> progress;
};

/// Scores every sequence on a loaded worker (logits: all). The first error ends it, and the worker's words
/// and outcome come with it; no token to predict is an error too.
Result<record::PerplexityRun> measure_perplexity(client::WorkerSession& worker,
                                                 const TokenSequences& sequences,
                                                 const PerplexityOptions& options);

/// Outcome::invalid_output when the perplexity is beyond every number: the backend computes something else.
Result<void> check_has_perplexity(const record::LogProbabilities& figures);

}  // namespace inferscale::quality
