#include "measure/score.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/clock.hpp"
#include "measure/log_probability.hpp"
#include "measure/logits.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

Result<Shape> shape_of(const ScoreRequest& request, const LoadRequest& load) {
  if (load.logits != LogitsScope::all) {
    return fail("score: the model was loaded for logits 'last', and scoring needs those of all positions");
  }
  std::size_t longest = 0;
  for (const auto& sequence : request.tokens) {
    longest = std::max(longest, sequence.size());
    if (sequence.empty()) {
      return fail("score: a sequence of 'tokens' is empty");
    }
    if (std::any_of(sequence.begin(), sequence.end(),
                    [&](std::int32_t id) { return id < 0 || id >= load.vocabulary; })) {
      return fail("score: a token id is outside the vocabulary of {}", load.vocabulary);
    }
  }
  if (request.tokens.empty()) {
    return fail("score: 'tokens' has no sequence");
  }
  const auto length = request.length == 0 ? longest : static_cast<std::size_t>(request.length);
  if (length < longest) {
    return fail("score: 'length' is {}, and a sequence has {} tokens", length, longest);
  }
  if (length > static_cast<std::size_t>(load.max_positions)) {
    return fail_as(Outcome::profile_mismatch,
                   "a sequence of {} tokens is longer than the model's {} positions", length,
                   load.max_positions);
  }
  return Shape{static_cast<int>(request.tokens.size()), static_cast<int>(length)};
}

std::vector<std::int32_t> padded(const ScoreRequest& request, const Shape& shape) {
  const auto length = static_cast<std::size_t>(shape.length);
  std::vector<std::int32_t> ids(request.tokens.size() * length, 0);
  for (std::size_t s = 0; s < request.tokens.size(); ++s) {
    std::copy(request.tokens[s].begin(), request.tokens[s].end(),
              ids.begin() + static_cast<std::ptrdiff_t>(s * length));
  }
  return ids;
}

/// A position whose next token is to be scored.
struct Place {
  std::size_t sequence = 0, position = 0;
};

/// Every `stride`-th place from `first`: a thread's share.
void score_places(const LogitsView& logits, const ScoreRequest& request, const std::vector<Place>& places,
                  std::size_t first, std::size_t stride, Scores& scores) {
  std::vector<float> converted(static_cast<std::size_t>(logits.vocabulary));
  for (std::size_t i = first; i < places.size(); i += stride) {
    const auto [sequence, position] = places[i];
    const std::size_t row = sequence * static_cast<std::size_t>(logits.positions) + position;
    const auto target = static_cast<std::size_t>(request.tokens[sequence][position + 1]);
    scores.log_probabilities[sequence][position] = log_probability(row_f32(logits, row, converted), target);
  }
}

void score_all(const LogitsView& logits, const ScoreRequest& request, std::size_t threads, Scores& scores) {
  std::vector<Place> places;
  for (std::size_t s = 0; s < request.tokens.size(); ++s) {
    scores.log_probabilities.emplace_back(request.tokens[s].size() - 1);
    for (std::size_t i = 0; i + 1 < request.tokens[s].size(); ++i) {
      places.push_back({s, i});
    }
  }
  const std::size_t shares = std::max<std::size_t>(1, std::min(threads, places.size()));
  std::vector<std::jthread> helpers;
  for (std::size_t share = 1; share < shares; ++share) {
    helpers.emplace_back([&, share] { score_places(logits, request, places, share, shares, scores); });
  }
  score_places(logits, request, places, 0, shares, scores);
}

}  // namespace

Result<Scores> score(Forward& backend, const LoadRequest& load, const ScoreRequest& request) {
  TRY_ASSIGN(const Shape shape, shape_of(request, load));
  const auto ids = padded(request, shape);
  TRY(backend.prepare_once(shape));
  const auto start = Clock::now();
  TRY_ASSIGN(const LogitsView logits, backend.forward({ids, shape}));
  Scores scores;
  scores.forward_s = seconds_since(start);
  TRY(check_shape(logits, shape, LogitsScope::all, load.vocabulary));
  score_all(logits, request, static_cast<std::size_t>(load.threads), scores);
  for (std::size_t s = 0; s < scores.log_probabilities.size(); ++s) {
    const auto& values = scores.log_probabilities[s];
    const auto bad = std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
    if (bad != values.end()) {
      return fail_as(Outcome::invalid_output, "a logit is NaN or infinite: sequence {}, position {}", s,
                     bad - values.begin());
    }
  }
  return scores;
}

}  // namespace inferscale::measure
