#include "measure/score.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <thread>

#include "core/clock.hpp"
#include "measure/logits.hpp"

namespace inferscale {
namespace {

constexpr std::size_t kLanes = 16;    // independent, so that the compiler vectorises
constexpr std::size_t kBlock = 1024;  // elements whose sum is kept in float

struct RowFacts {
  float largest = 0;
  bool finite = true;
};

RowFacts facts_of(std::span<const float> row) {
  constexpr std::uint32_t kExponent = 0x7f800000U;
  std::array<float, kLanes> best;
  best.fill(row[0]);
  std::array<std::uint32_t, kLanes> bad{};
  std::size_t i = 0;
  for (; i + kLanes <= row.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = row[i + lane];
      best[lane] = value > best[lane] ? value : best[lane];
      bad[lane] |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent);
    }
  }
  RowFacts facts{*std::max_element(best.begin(), best.end()),
                 std::all_of(bad.begin(), bad.end(), [](std::uint32_t b) { return b == 0; })};
  for (; i < row.size(); ++i) {
    facts.largest = std::max(facts.largest, row[i]);
    facts.finite = facts.finite && std::isfinite(row[i]);
  }
  return facts;
}

constexpr float kSmallestExponent = -87.0F;  // below it e^x is no normal float

/// e^x for -87 <= x <= 0 without a branch: x = n ln 2 + r, e^r by its Taylor polynomial, 2^n by the
/// exponent's bits.
inline float exp_of_negative(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;       // few bits: n times it is exact
  constexpr float kLn2Low = -2.12194440054e-4F;  // ln 2 - kLn2High
  constexpr float kRound = 12582912.0F;          // 1.5 x 2^23: adding it rounds to an integer
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float e = 1.0F / 5040.0F;
  e = e * r + 1.0F / 720.0F;
  e = e * r + 1.0F / 120.0F;
  e = e * r + 1.0F / 24.0F;
  e = e * r + 1.0F / 6.0F;
  e = e * r + 0.5F;
  e = e * r + 1.0F;
  e = e * r + 1.0F;
  const auto exponent = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(e) + (exponent << 23U));
}

/// Differences below -87 count as -87: 1.6e-38, which no sum notices. One loop a step, for each vectorises by
/// itself; in one loop GCC makes a branch of the limit, and of the whole a scalar loop.
double sum_of_block(std::span<const float> block, float largest) {
  std::array<float, kBlock> values;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  for (std::size_t i = 0; i < block.size(); ++i) {
    values[i] = std::max(block[i] - largest, kSmallestExponent);
  }
  for (std::size_t i = 0; i < block.size(); ++i) {
    values[i] = exp_of_negative(values[i]);
  }
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= block.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += values[i + lane];
    }
  }
  double total = 0;
  for (const float sum : sums) {
    total += static_cast<double>(sum);
  }
  for (; i < block.size(); ++i) {
    total += static_cast<double>(values[i]);
  }
  return total;
}

double sum_of_exponentials(std::span<const float> row, float largest) {
  double total = 0;
  for (std::size_t start = 0; start < row.size(); start += kBlock) {
    total += sum_of_block(row.subspan(start, std::min(kBlock, row.size() - start)), largest);
  }
  return total;
}

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

double log_probability(std::span<const float> logits, std::size_t target) {
  const RowFacts facts = facts_of(logits);
  if (!facts.finite) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(logits[target]) - static_cast<double>(facts.largest) -
         std::log(sum_of_exponentials(logits, facts.largest));
}

Result<Scores> score(Backend& backend, const LoadRequest& load, const ScoreRequest& request) {
  TRY_ASSIGN(const Shape shape, shape_of(request, load));
  const auto ids = padded(request, shape);
  TRY(backend.prepare({&shape, 1}));
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

}  // namespace inferscale
