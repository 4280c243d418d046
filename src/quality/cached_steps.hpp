#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "client/worker_session.hpp"
#include "quality/perplexity.hpp"
#include "record/accuracy_figures.hpp"

// What comes through a backend's KV cache, one token at a time, beside what passes over whole sequences give.
// Workers of this file's functions have loaded the model, and score single steps (protocol::kStepScores) or
// make passes; each request has `request_s` seconds.

namespace inferscale::quality {

/// Tokens that are scored through the cache: enough that one wrong key or value shows, and few beside the
/// 72,531 of WikiText-2.
constexpr std::size_t kCachedTokens = 256;
/// Greedy tokens a sequence.
constexpr int kGreedySteps = 64;
/// The same where passes return the last position's logits alone: each step is a pass of its own.
constexpr int kGreedyPasses = 8;

/// The corpus's sequences, joined and cut into windows of `cache.capacity` tokens: so many that their tokens
/// behind `cache.prompt` are at least kCachedTokens, if the corpus has so many. The last window may be
/// shorter. Empty when nothing follows the first window's prompt.
TokenSequences cached_windows(const TokenSequences& corpus, const protocol::CacheShape& cache);

/// Log probabilities of a window's tokens behind its prompt.
using WindowScores = std::vector<std::vector<double>>;

/// Through the cache: `cache.batch` windows at a time, each token given as it stands in the window.
Result<WindowScores> score_through_cache(client::WorkerSession& worker, const TokenSequences& windows,
                                         const protocol::CacheShape& cache, double request_s);
/// By passes over whole windows (logits: all).
Result<WindowScores> score_without_cache(client::WorkerSession& worker, const TokenSequences& windows,
                                         const protocol::CacheShape& cache, double request_s);
/// Both are of the same windows; all but `seconds`. Outcome::invalid_output when a perplexity is beyond every
/// number.
Result<record::CachedPerplexity> compare_scores(const WindowScores& cached, const WindowScores& uncached);

/// A greedy generation: of each sequence the prompt, and of each step the token and the gap between the two
/// highest logits.
struct Greedy {
  TokenSequences prompt, tokens;
  std::vector<std::vector<double>> gaps;
  /// Of each sequence, natural logs of the probabilities of the tokens that were chosen through the cache.
  /// The generation through the cache has none of the last token, which is never given to a step.
  std::vector<std::vector<double>> log_probabilities;
};

/// What passes without a cache choose, and the spread of their logits.
struct UncachedChoices {
  Greedy greedy;
  double logit_variance = 0;  ///< of a position's logits about their mean: the mean over all positions
};

/// Through the cache, from a prompt of random tokens that is the same everywhere.
Result<Greedy> greedy_through_cache(client::WorkerSession& worker, int vocabulary,
                                    const protocol::CacheShape& cache, double request_s);
/// What passes choose behind the same tokens. Up to the first step at which they choose another one, that is
/// what an uncached greedy generation gives. With logits 'last' the first kGreedyPasses steps alone.
/// `scratch` is a file for logits, removed afterwards.
Result<UncachedChoices> choices_without_cache(client::WorkerSession& worker,
                                              const protocol::LoadRequest& loaded, const Greedy& cached,
                                              const std::filesystem::path& scratch, double request_s);

/// Of as many steps as both have. Both must have the same prompts.
record::GreedyComparison compare_greedy(const Greedy& mine, const Greedy& other);
/// The same, and how far the log probabilities are from each other.
record::GreedyComparison compare_uncached(const Greedy& cached, const UncachedChoices& uncached);

}  // namespace inferscale::quality
