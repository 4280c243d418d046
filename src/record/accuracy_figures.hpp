#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

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

/// Perplexity of tokens that came one at a time through the KV cache, beside that of uncached passes over the
/// same sequences, by the same backend. Both are of the same tokens.
struct CachedPerplexity {
  std::size_t tokens = 0;
  double perplexity = 0;           ///< through the cache
  double uncached_perplexity = 0;  ///< of the same tokens
  double change = 0;               ///< perplexity / uncached_perplexity - 1
  double largest_difference = 0;   ///< of a token's log probability, nats
  double seconds = 0;              ///< wall time of the steps, the pipe included
};

/// Where two greedy generations part. Up to there their tokens are the same, so both chose among logits of
/// the same sequence.
struct GreedyDifference {
  int step = 0;      ///< from 1: the prompt's next token is the first
  int sequence = 0;  ///< of the batch, from 0
  std::int32_t token = 0, other_token = 0;
  /// Of the generation, and of the other: the highest logit less the second highest.
  double gap = 0, other_gap = 0;
};

struct GreedyComparison {
  int steps = 0;                          ///< that were compared in each sequence
  int sequences = 0;                      ///< of the batch
  std::optional<GreedyDifference> first;  ///< the earliest; none where all tokens are the same
  /// Beside uncached passes alone. Root mean square, over steps and sequences, of the difference of the log
  /// probabilities of the token that was chosen through the cache, over that of the uncached logits about
  /// their mean: free of scale, as ParityFigures::relative_error.
  std::optional<double> relative_error = std::nullopt;
};

}  // namespace inferscale::record
