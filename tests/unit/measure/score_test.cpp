#include "measure/score.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "measure/log_probability.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

double exact_log_probability(const std::vector<float>& logits, std::size_t target) {
  long double largest = -1e30L;
  for (const float logit : logits) {
    largest = std::max(largest, static_cast<long double>(logit));
  }
  long double sum = 0;
  for (const float logit : logits) {
    sum += std::exp(static_cast<long double>(logit) - largest);
  }
  return static_cast<double>(static_cast<long double>(logits[target]) - largest - std::log(sum));
}

TEST(LogProbability, IsExactAtEverySizeAndScale) {
  std::mt19937_64 random(118);
  for (const std::size_t count : {1UL, 2UL, 15UL, 16UL, 17UL, 1023UL, 1040UL, 50257UL}) {
    for (const double scale : {1e-3, 1.0, 20.0, 300.0}) {
      std::normal_distribution<double> normal(-scale, scale);
      std::vector<float> logits(count);
      for (float& logit : logits) {
        logit = static_cast<float>(normal(random));
      }
      for (const std::size_t target : {0UL, count / 2, count - 1}) {
        const double exact = exact_log_probability(logits, target);
        EXPECT_NEAR(log_probability(logits, target), exact, 3e-7 * (1 + std::abs(exact)))
            << count << " logits of scale " << scale;
      }
    }
  }
}

TEST(LogProbability, OfEqualLogitsIsThatOfTheUniformDistribution) {
  for (const float level : {0.0F, 1e4F, -1e30F}) {
    EXPECT_NEAR(log_probability(std::vector<float>(50257, level), 7), -std::log(50257.0), 1e-7);
  }
  const std::vector<float> certain{-std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
  EXPECT_EQ(log_probability(certain, 1), 0);
}

TEST(LogProbability, IsNanWhenALogitIsNoNumberWhereverItStands) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t place : {0UL, 5UL, 31UL, 32UL, 36UL}) {
      std::vector<float> logits(37, 1.0F);
      logits[place] = bad;
      EXPECT_TRUE(std::isnan(log_probability(logits, 3)));
    }
  }
}

/// Logits that depend on every token so far and on nothing behind: a wrong row, a shifted target or a
/// position that sees the padding changes the scores.
class CausalBackend : public Backend, public Forward {
 public:
  static constexpr int kVocabulary = 23;
  [[nodiscard]] WorkerInfo describe() const override { return {"causal", "none", "1", {}}; }
  Result<void> load(const LoadRequest&) override { return {}; }
  Result<void> prepare(std::span<const Shape> shapes) override {
    prepared = shapes.front();
    return {};
  }
  static std::vector<float> logits_after(std::span<const std::int32_t> prefix) {
    float state = 0;
    for (const std::int32_t id : prefix) {
      state = 0.5F * state + static_cast<float>(id + 1) / 7.0F;
    }
    std::vector<float> logits;
    for (int v = 0; v < kVocabulary; ++v) {
      logits.push_back(std::sin(state * static_cast<float>(v + 1)));
    }
    return logits;
  }
  Result<LogitsView> forward(const TokenBatch& tokens) override {
    const auto length = static_cast<std::size_t>(tokens.shape.length);
    values.clear();
    for (std::size_t row = 0; row < tokens.ids.size(); ++row) {
      const auto begin = row / length * length;
      const auto logits = logits_after(tokens.ids.subspan(begin, row - begin + 1));
      values.insert(values.end(), logits.begin(), logits.end());
    }
    values[spoil_at] = spoil_at == 0 ? values[0] : std::numeric_limits<float>::quiet_NaN();
    return LogitsView{values.data(), ElementType::f32, tokens.shape.batch, tokens.shape.length, kVocabulary};
  }
  Shape prepared;
  std::vector<float> values;
  std::size_t spoil_at = 0;  ///< 0: nowhere
};

LoadRequest load_for_scores(int threads = 1) {
  LoadRequest load;
  load.vocabulary = CausalBackend::kVocabulary;
  load.max_positions = 12;
  load.threads = threads;
  return load;
}

TEST(Score, GivesEachTokensProbabilityAfterItsPrefixWhateverThePaddingAndThreads) {
  const std::vector<std::vector<std::int32_t>> tokens{{3, 1, 4, 1, 5, 9}, {2}, {6, 5}, {3, 5, 8, 9}};
  for (const int length : {0, 6, 12}) {
    for (const int threads : {1, 3, 64}) {
      CausalBackend backend;
      const auto scores = score(backend, load_for_scores(threads), {tokens, length});
      ASSERT_TRUE(scores) << scores.error().message;
      EXPECT_EQ(backend.prepared, (Shape{4, length == 0 ? 6 : length}));
      ASSERT_THAT(scores->log_probabilities, ElementsAre(SizeIs(5), SizeIs(0), SizeIs(1), SizeIs(3)));
      for (std::size_t s = 0; s < tokens.size(); ++s) {
        for (std::size_t i = 0; i + 1 < tokens[s].size(); ++i) {
          const auto logits = CausalBackend::logits_after(std::span(tokens[s]).first(i + 1));
          EXPECT_NEAR(scores->log_probabilities[s][i],
                      exact_log_probability(logits, static_cast<std::size_t>(tokens[s][i + 1])), 1e-6);
        }
      }
    }
  }
}

TEST(Score, RefusesWhatItCannotScore) {
  CausalBackend backend;
  const auto expect = [&](const ScoreRequest& request, Outcome outcome, const char* words) {
    const auto scores = score(backend, load_for_scores(), request);
    ASSERT_FALSE(scores);
    EXPECT_EQ(scores.error().outcome, outcome);
    EXPECT_THAT(scores.error().message, HasSubstr(words));
  };
  expect({{}, 0}, Outcome::error, "no sequence");
  expect({{{1}, {}}, 0}, Outcome::error, "empty");
  expect({{{1, 23}}, 0}, Outcome::error, "vocabulary of 23");
  expect({{{-1, 2}}, 0}, Outcome::error, "vocabulary of 23");
  expect({{{1, 2, 3}}, 2}, Outcome::error, "'length' is 2");
  expect({{{1, 2}}, 13}, Outcome::profile_mismatch, "12 positions");
  auto last = load_for_scores();
  last.logits = LogitsScope::last;
  EXPECT_FALSE(score(backend, last, {{{1, 2}}, 0}));
}

TEST(Score, NamesThePlaceOfALogitThatIsNoNumber) {
  CausalBackend backend;
  backend.spoil_at = std::size_t{4 + 2} * CausalBackend::kVocabulary + 5;  // second sequence, third position
  const ScoreRequest request{{{1, 2, 3, 4}, {5, 6, 7, 8}}, 0};
  const auto scores = score(backend, load_for_scores(), request);
  ASSERT_FALSE(scores);
  EXPECT_EQ(scores.error().outcome, Outcome::invalid_output);
  EXPECT_THAT(scores.error().message, HasSubstr("sequence 1, position 2"));
  backend.spoil_at = std::size_t{4 + 3} * CausalBackend::kVocabulary;  // the last position predicts nothing
  EXPECT_TRUE(score(backend, load_for_scores(), request));
}

}  // namespace
}  // namespace inferscale::measure
