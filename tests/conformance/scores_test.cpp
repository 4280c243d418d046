#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "artifact/engine_profiles.hpp"
#include "core/json.hpp"
#include "quality/perplexity.hpp"
#include "workers.hpp"

// Log probabilities and perplexity, against those that transformers computed from the same weights, one
// sequence at a time and without padding (tests/golden/quality).

namespace inferscale::test {
namespace {

/// Of the mean log probability, and so of perplexity: 0.001% for fp32.
double mean_tolerance(const std::string& precision) {
  static const std::map<std::string, double> tolerances{{"fp32", 1e-5}, {"tf32", 1e-2}, {"fp16", 2e-2},
                                                        {"bf16", 1e-1}, {"int8", 3e-1}, {"int4", 6e-1}};
  return tolerances.at(precision);
}

using TokenScores = std::vector<std::vector<double>>;  ///< a sequence, a token after its first

struct ScoreReference {
  quality::TokenSequences tokens;
  std::vector<std::vector<double>> log_probabilities;

  [[nodiscard]] record::LogProbabilities figures() const {
    std::vector<double> all;
    for (const auto& values : log_probabilities) {
      all.insert(all.end(), values.begin(), values.end());
    }
    return quality::summarise(all);
  }
};

ScoreReference read_score_reference(const std::string& model) {
  const auto file = std::filesystem::path(INFERSCALE_SOURCE_DIR) / "tests/golden/quality/reference.json";
  const auto json = read_json_file(file);
  EXPECT_TRUE(json) << json.error().message;
  const Json& one = (*json)["models"][model];
  return {one["tokens"].get<quality::TokenSequences>(),
          one["log_probabilities"].get<std::vector<std::vector<double>>>()};
}

model::Model golden_model(const std::string& name) {
  const auto folder = std::filesystem::path(INFERSCALE_SOURCE_DIR) / "tests/golden/parity" / name;
  return *model::resolve_model(folder.string());
}

class ScoreMessages : public BackendTest {};

/// Log probabilities of all sequences, asked for in batches that every engine takes.
Result<TokenScores> score_all(client::WorkerSession& session, const quality::TokenSequences& tokens,
                              int padded_length) {
  TokenScores all;
  for (std::size_t begin = 0; begin < tokens.size(); begin += artifact::kLargestScoringBatch) {
    const std::size_t end = std::min(tokens.size(), begin + artifact::kLargestScoringBatch);
    protocol::ScoreRequest request;
    request.tokens.assign(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                          tokens.begin() + static_cast<std::ptrdiff_t>(end));
    request.length = padded_length;
    TRY_ASSIGN(const protocol::Scores scores, session.score(request, soon()));
    all.insert(all.end(), scores.log_probabilities.begin(), scores.log_probabilities.end());
  }
  return all;
}

TEST_P(ScoreMessages, AreThoseOfTransformers) {
  if (GetParam().info.artifact == "none") {
    GTEST_SKIP() << "it computes no model";
  }
  const double tolerance = mean_tolerance(GetParam().info.precision);
  for (const char* name : {"two-layers", "odd-shape", "three-layers"}) {
    const model::Model model = golden_model(name);
    const auto reference = read_score_reference(name);
    auto session = start_loaded(model);
    for (const int padded_length : {0, model.config.positions}) {
      const auto scores = score_all(session, reference.tokens, padded_length);
      ASSERT_TRUE(scores) << scores.error().message;
      for (std::size_t s = 0; s < reference.tokens.size(); ++s) {
        for (std::size_t i = 0; i < reference.log_probabilities[s].size(); ++i) {
          const double expected = reference.log_probabilities[s][i];
          EXPECT_NEAR((*scores)[s][i], expected, 10 * tolerance * (1 + std::abs(expected)))
              << name << ", sequence " << s << ", token " << i + 1;
        }
      }
    }
  }
}

/// TR118's protocol (batches of 4 in the corpus's order, padded) and batches by length give one number.
TEST_P(ScoreMessages, GiveOnePerplexityHoweverTheyAreBatched) {
  if (GetParam().info.artifact == "none") {
    GTEST_SKIP() << "it computes no model";
  }
  for (const char* name : {"two-layers", "odd-shape", "three-layers"}) {
    const model::Model model = golden_model(name);
    const auto reference = read_score_reference(name);
    auto session = start_loaded(model);
    quality::PerplexityOptions options;
    options.batching.max_length = model.config.positions;
    for (const bool by_length : {true, false}) {
      options.batching.by_length = by_length;
      const auto run = measure_perplexity(session, reference.tokens, options);
      ASSERT_TRUE(run) << run.error().message;
      const auto expected = reference.figures();
      EXPECT_EQ(run->figures.tokens, expected.tokens);
      EXPECT_NEAR(run->figures.mean, expected.mean, mean_tolerance(GetParam().info.precision)) << name;
      EXPECT_NEAR(run->figures.perplexity / expected.perplexity, 1,
                  1.1 * mean_tolerance(GetParam().info.precision))
          << name;
      EXPECT_GE(run->seconds, run->forward_s);
    }
  }
}

TEST_P(ScoreMessages, AreRefusedWhereTheyCannotBeTrue) {
  const int vocabulary = small_model().config.vocabulary;
  const int positions = small_model().config.positions;
  const auto expect_refused = [](client::WorkerSession& session, const protocol::ScoreRequest& request,
                                 Outcome outcome) {
    const auto scores = session.score(request, soon());
    ASSERT_FALSE(scores);
    EXPECT_EQ(scores.error().outcome, outcome) << scores.error().message;
    ASSERT_TRUE(session.client().alive()) << scores.error().message;
  };
  auto session = start_loaded();
  expect_refused(session, {{{1, vocabulary}}, 0}, Outcome::error);
  expect_refused(session, {{{-1, 2}}, 0}, Outcome::error);
  expect_refused(session, {{{1, 2, 3}}, 2}, Outcome::error);
  expect_refused(session, {{{1, 2, 3}}, positions + 1}, Outcome::profile_mismatch);
  EXPECT_TRUE(session.score({{{1, 2, 3}, {4}}, 0}, soon()));
  auto last = start_loaded(small_model(), protocol::LogitsScope::last);
  expect_refused(last, {{{1, 2}}, 0}, Outcome::error);
}

INFERSCALE_FOR_EVERY_BACKEND(ScoreMessages);

}  // namespace
}  // namespace inferscale::test
