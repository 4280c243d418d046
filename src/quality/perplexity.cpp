#include "quality/perplexity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inferscale::quality {
namespace {

constexpr int kLengthMultiple = 8;  // a batch is padded to a multiple of it

int length_of(const std::vector<std::int32_t>& sequence) {
  return static_cast<int>(sequence.size());
}

protocol::ScoreRequest request_of(const TokenSequences& sequences, const ScoreBatch& batch) {
  protocol::ScoreRequest request;
  request.length = batch.length;
  for (const std::size_t number : batch.sequences) {
    request.tokens.push_back(sequences[number]);
  }
  return request;
}

}  // namespace

std::vector<ScoreBatch> plan_batches(const TokenSequences& sequences, const Batching& batching) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i].size() >= 2) {
      order.push_back(i);
    }
  }
  if (batching.by_length) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return sequences[a].size() > sequences[b].size(); });
  }
  std::vector<ScoreBatch> batches;
  for (std::size_t i = 0; i < order.size(); i += batching.batch) {
    ScoreBatch& batch = batches.emplace_back();
    for (std::size_t j = i; j < std::min(i + batching.batch, order.size()); ++j) {
      batch.sequences.push_back(order[j]);
      batch.length = std::max(batch.length, length_of(sequences[order[j]]));
    }
    batch.counted = batch.sequences.size();
    if (batching.by_length) {
      batch.sequences.resize(batching.batch, batch.sequences.back());
      const int padded = (batch.length + kLengthMultiple - 1) / kLengthMultiple * kLengthMultiple;
      batch.length = std::max(batch.length, std::min(padded, batching.max_length));
    }
  }
  return batches;
}

record::LogProbabilities summarise(std::span<const double> log_probabilities) {
  record::LogProbabilities result;
  result.tokens = log_probabilities.size();
  if (log_probabilities.empty()) {
    return result;
  }
  const double n = static_cast<double>(log_probabilities.size());
  result.mean = std::accumulate(log_probabilities.begin(), log_probabilities.end(), 0.0) / n;
  double squares = 0;
  for (const double value : log_probabilities) {
    squares += (value - result.mean) * (value - result.mean);
  }
  result.sd = log_probabilities.size() < 2 ? 0 : std::sqrt(squares / (n - 1));
  const auto [low, high] = std::minmax_element(log_probabilities.begin(), log_probabilities.end());
  result.min = *low;
  result.max = *high;
  result.perplexity = std::exp(-result.mean);
  return result;
}

Result<record::PerplexityRun> measure_perplexity(client::WorkerSession& worker,
                                                 const TokenSequences& sequences,
                                                 const PerplexityOptions& options) {
  const auto batches = plan_batches(sequences, options.batching);
  if (batches.empty()) {
    return fail_usage("the corpus predicts no token: none of its lines has two");
  }
  record::PerplexityRun run;
  run.batches = batches.size();
  std::vector<double> log_probabilities;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (options.progress) {
      options.progress(i, batches.size());
    }
    TRY_ASSIGN(const protocol::Scores scores,
               worker.score(request_of(sequences, batches[i]), deadline_in(options.batch_timeout_s)));
    run.forward_s += scores.forward_s;
    for (std::size_t s = 0; s < batches[i].counted; ++s) {
      const auto& values = scores.log_probabilities[s];
      log_probabilities.insert(log_probabilities.end(), values.begin(), values.end());
    }
  }
  run.seconds = seconds_since(start);
  run.figures = summarise(log_probabilities);
  TRY(check_has_perplexity(run.figures));
  return run;
}

Result<void> check_has_perplexity(const record::LogProbabilities& figures) {
  if (!std::isfinite(figures.perplexity)) {
    return fail_as(Outcome::invalid_output,
                   "the mean log probability of {} tokens is {:.6g}: the perplexity is no number any more",
                   figures.tokens, figures.mean);
  }
  return {};
}

}  // namespace inferscale::quality
