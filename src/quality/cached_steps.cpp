#include "quality/cached_steps.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "protocol/prompt.hpp"
#include "protocol/token_ids.hpp"
#include "protocol/top_logit.hpp"
#include "quality/logit_row.hpp"
#include "quality/parity.hpp"

namespace inferscale::quality {
namespace {

constexpr std::uint64_t kGreedySeed = 119;  // another prompt than parity's
constexpr std::size_t kRowsAtATime = 4;
constexpr std::size_t kTokensAtATime = 512;  // of a pass without a cache: what perplexity takes

using Tokens = std::vector<std::int32_t>;

std::size_t size_of(int value) {
  return static_cast<std::size_t>(value);
}

/// Sequences of that length in a pass without a cache.
std::size_t rows_at_a_time(std::size_t length) {
  return std::clamp<std::size_t>(kTokensAtATime / std::max<std::size_t>(length, 1), 1, kRowsAtATime);
}

/// `count` windows from `begin` on; the last one stands in for those that there are not.
TokenSequences batch_of(const TokenSequences& windows, std::size_t begin, std::size_t count) {
  TokenSequences batch;
  for (std::size_t i = begin; i < begin + count; ++i) {
    batch.push_back(windows[std::min(i, windows.size() - 1)]);
  }
  return batch;
}

/// Adds the scores of as many of the windows from `begin` on as there are.
Result<void> score_batch(client::WorkerSession& worker, const TokenSequences& windows, std::size_t begin,
                         const protocol::CacheShape& cache, double request_s, WindowScores& scores) {
  const TokenSequences batch = batch_of(windows, begin, size_of(cache.batch));
  const std::size_t counted = std::min(batch.size(), windows.size() - begin);
  const std::size_t longest = batch[0].size();  // only the last window of all is shorter
  scores.resize(begin + counted);
  protocol::StartRequest start{{}, cache.capacity, true};
  for (const Tokens& window : batch) {
    start.tokens.emplace_back(window.begin(), window.begin() + cache.prompt);
  }
  TRY(worker.start_sequences(start, deadline_in(request_s)));
  for (std::size_t place = size_of(cache.prompt); place < longest; ++place) {
    protocol::StepRequest step{{}, true};
    for (const Tokens& window : batch) {
      step.tokens.push_back(place < window.size() ? window[place] : 0);
    }
    TRY_ASSIGN(const protocol::ChosenReply reply, worker.step(step, deadline_in(request_s)));
    for (std::size_t i = 0; i < counted; ++i) {
      if (place < batch[i].size()) {
        scores[begin + i].push_back(reply.scores.log_probabilities[i]);
      }
    }
  }
  return {};
}

/// Steps of a greedy generation that one pass shows: `first` to `last`, from 0.
struct StepsOfPass {
  std::size_t first = 0, last = 0;
};

/// What one position's logits choose, and say of the token that was chosen through the cache. The spread is
/// added up here.
void add_choice(std::span<const float> logits, std::int32_t chosen, std::size_t sequence,
                UncachedChoices& choices) {
  const protocol::TopLogit top = protocol::top_logit(logits);
  const LogitRow row = logit_row(logits);
  choices.greedy.tokens[sequence].push_back(static_cast<std::int32_t>(top.token));
  choices.greedy.gaps[sequence].push_back(top.gap);
  choices.greedy.log_probabilities[sequence].push_back(static_cast<double>(logits[size_of(chosen)]) -
                                                       row.log_sum);
  choices.logit_variance += variance(row);
}

/// Passes over each prompt and the tokens before step `last`, some sequences at a time. They add what they
/// choose to `choices`.
Result<void> add_choices(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                         const Greedy& cached, const StepsOfPass& steps, const std::filesystem::path& scratch,
                         double request_s, UncachedChoices& choices) {
  TokenSequences rows = cached.prompt;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto known = cached.tokens[i].begin();
    rows[i].insert(rows[i].end(), known, known + static_cast<std::ptrdiff_t>(steps.last));
  }
  const std::size_t at_a_time = rows_at_a_time(rows[0].size());
  const auto vocabulary = size_of(loaded.vocabulary);
  for (std::size_t begin = 0; begin < rows.size(); begin += at_a_time) {
    const std::size_t count = std::min(at_a_time, rows.size() - begin);
    TRY_ASSIGN(const StreamLogits logits, logits_of(worker, loaded, batch_of(rows, begin, count),
                                                    "greedy tokens", scratch, deadline_in(request_s)));
    const std::size_t positions = size_of(logits.positions) / count;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t step = steps.first; step <= steps.last; ++step) {
        const std::size_t position = (i + 1) * positions - 1 - (steps.last - step);
        const auto logits_there = std::span(logits.values).subspan(position * vocabulary, vocabulary);
        add_choice(logits_there, cached.tokens[begin + i][step], begin + i, choices);
      }
    }
  }
  return {};
}

/// A generation that has not begun.
Greedy no_steps(TokenSequences prompt) {
  const std::size_t batch = prompt.size();
  return {std::move(prompt), TokenSequences(batch), std::vector<std::vector<double>>(batch),
          std::vector<std::vector<double>>(batch)};
}

/// Of one step: one token a sequence.
Result<void> check_tokens(const Tokens& tokens, std::size_t sequences, int vocabulary) {
  if (tokens.size() != sequences) {
    return fail_as(Outcome::invalid_output, "{} tokens were chosen for {} sequences", tokens.size(),
                   sequences);
  }
  return protocol::check_chosen_tokens(tokens, vocabulary);
}

std::vector<double> joined(const WindowScores& scores) {
  std::vector<double> all;
  for (const auto& window : scores) {
    all.insert(all.end(), window.begin(), window.end());
  }
  return all;
}

}  // namespace

TokenSequences cached_windows(const TokenSequences& corpus, const protocol::CacheShape& cache) {
  TokenSequences windows;
  const auto prompt = size_of(cache.prompt);
  const std::size_t scored_each = size_of(cache.capacity) - prompt;
  const std::size_t most = scored_each == 0 ? 0 : (kCachedTokens + scored_each - 1) / scored_each;
  Tokens window;
  for (const Tokens& sequence : corpus) {
    for (const std::int32_t token : sequence) {
      if (windows.size() == most) {
        return windows;
      }
      window.push_back(token);
      if (window.size() == size_of(cache.capacity)) {
        windows.push_back(std::exchange(window, {}));
      }
    }
  }
  if (window.size() > prompt && windows.size() < most) {
    windows.push_back(std::move(window));
  }
  return windows;
}

Result<WindowScores> score_through_cache(client::WorkerSession& worker, const TokenSequences& windows,
                                         const protocol::CacheShape& cache, double request_s) {
  WindowScores scores;
  for (std::size_t begin = 0; begin < windows.size(); begin += size_of(cache.batch)) {
    TRY(score_batch(worker, windows, begin, cache, request_s, scores));
  }
  return scores;
}

Result<WindowScores> score_without_cache(client::WorkerSession& worker, const TokenSequences& windows,
                                         const protocol::CacheShape& cache, double request_s) {
  WindowScores scores;
  const std::size_t at_a_time = windows.empty() ? 1 : rows_at_a_time(windows[0].size());
  for (std::size_t begin = 0; begin < windows.size(); begin += at_a_time) {
    const protocol::ScoreRequest request{batch_of(windows, begin, at_a_time),
                                         static_cast<int>(windows[0].size())};
    TRY_ASSIGN(const protocol::Scores batch, worker.score(request, deadline_in(request_s)));
    for (std::size_t i = 0; i < std::min(at_a_time, windows.size() - begin); ++i) {
      const auto& values = batch.log_probabilities[i];
      scores.emplace_back(values.begin() + cache.prompt - 1, values.end());
    }
  }
  return scores;
}

Result<record::CachedPerplexity> compare_scores(const WindowScores& cached, const WindowScores& uncached) {
  const std::vector<double> mine = joined(cached);
  const std::vector<double> other = joined(uncached);
  if (mine.empty() || mine.size() != other.size()) {
    return fail("{} tokens were scored through the cache, and {} without", mine.size(), other.size());
  }
  const record::LogProbabilities through = summarise(mine);
  const record::LogProbabilities without = summarise(other);
  TRY(check_has_perplexity(through));
  TRY(check_has_perplexity(without));
  record::CachedPerplexity figures;
  figures.tokens = mine.size();
  figures.perplexity = through.perplexity;
  figures.uncached_perplexity = without.perplexity;
  figures.change = through.perplexity / without.perplexity - 1;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    figures.largest_difference = std::max(figures.largest_difference, std::abs(mine[i] - other[i]));
  }
  return figures;
}

Result<Greedy> greedy_through_cache(client::WorkerSession& worker, int vocabulary,
                                    const protocol::CacheShape& cache, double request_s) {
  const std::size_t batch = size_of(cache.batch);
  Tokens ids(batch * size_of(cache.prompt));
  protocol::fill_prompt(kGreedySeed, vocabulary, ids);
  Greedy greedy = no_steps(TokenSequences(batch));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    greedy.prompt[i / size_of(cache.prompt)].push_back(ids[i]);
  }
  const int steps = std::min(kGreedySteps, cache.capacity - cache.prompt + 1);
  protocol::ChosenReply chosen;
  for (int step = 0; step < steps; ++step) {
    if (step == 0) {
      TRY_ASSIGN(chosen,
                 worker.start_sequences({greedy.prompt, cache.capacity, true}, deadline_in(request_s)));
    } else {
      TRY_ASSIGN(chosen, worker.step({chosen.tokens, true}, deadline_in(request_s)));
    }
    TRY(check_tokens(chosen.tokens, batch, vocabulary));
    for (std::size_t i = 0; i < batch; ++i) {
      if (step > 0) {
        greedy.log_probabilities[i].push_back(chosen.scores.log_probabilities[i]);
      }
      greedy.tokens[i].push_back(chosen.tokens[i]);
      greedy.gaps[i].push_back(chosen.scores.gaps[i]);
    }
  }
  return greedy;
}

Result<UncachedChoices> choices_without_cache(client::WorkerSession& worker,
                                              const protocol::LoadRequest& loaded, const Greedy& cached,
                                              const std::filesystem::path& scratch, double request_s) {
  UncachedChoices choices{no_steps(cached.prompt)};
  std::size_t steps = cached.tokens[0].size();
  if (loaded.logits == protocol::LogitsScope::all) {
    TRY(add_choices(worker, loaded, cached, {0, steps - 1}, scratch, request_s, choices));
  } else {
    steps = std::min(steps, size_of(kGreedyPasses));
    for (std::size_t step = 0; step < steps; ++step) {
      TRY(add_choices(worker, loaded, cached, {step, step}, scratch, request_s, choices));
    }
  }
  choices.logit_variance /= static_cast<double>(steps * cached.prompt.size());
  return choices;
}

record::GreedyComparison compare_greedy(const Greedy& mine, const Greedy& other) {
  record::GreedyComparison comparison;
  comparison.sequences = static_cast<int>(mine.tokens.size());
  const std::size_t steps = std::min(mine.tokens[0].size(), other.tokens[0].size());
  comparison.steps = static_cast<int>(steps);
  for (std::size_t step = 0; step < steps && !comparison.first; ++step) {
    for (std::size_t i = 0; i < mine.tokens.size() && !comparison.first; ++i) {
      if (mine.tokens[i][step] != other.tokens[i][step]) {
        comparison.first =
            record::GreedyDifference{static_cast<int>(step) + 1, static_cast<int>(i), mine.tokens[i][step],
                                     other.tokens[i][step],      mine.gaps[i][step],  other.gaps[i][step]};
      }
    }
  }
  return comparison;
}

record::GreedyComparison compare_uncached(const Greedy& cached, const UncachedChoices& uncached) {
  record::GreedyComparison comparison = compare_greedy(cached, uncached.greedy);
  double squares = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < cached.log_probabilities.size(); ++i) {
    const auto& mine = cached.log_probabilities[i];
    const auto& other = uncached.greedy.log_probabilities[i];
    for (std::size_t step = 0; step < std::min(mine.size(), other.size()); ++step, ++count) {
      squares += (mine[step] - other[step]) * (mine[step] - other[step]);
    }
  }
  if (count > 0) {
    comparison.relative_error =
        std::sqrt(relative(squares / static_cast<double>(count), uncached.logit_variance));
  }
  return comparison;
}

}  // namespace inferscale::quality
