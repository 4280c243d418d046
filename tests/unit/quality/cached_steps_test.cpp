#include "quality/cached_steps.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "record/gates.hpp"
#include "record/quality_result.hpp"

// What comes through a KV cache, beside what comes without one: what is asked, and what is made of the
// answers.

namespace inferscale::quality {

using namespace record;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TokenSequences lines(std::initializer_list<std::size_t> lengths) {
  TokenSequences sequences;
  std::int32_t next = 0;
  for (const std::size_t length : lengths) {
    auto& sequence = sequences.emplace_back(length);
    std::iota(sequence.begin(), sequence.end(), next);
    next += static_cast<std::int32_t>(length);
  }
  return sequences;
}

TEST(CachedWindows, AreTheFirstTokensOfTheCorpus) {
  const auto windows = cached_windows(lines({5, 3, 4}), {2, 3, 8});
  EXPECT_THAT(windows, ElementsAre(ElementsAre(0, 1, 2, 3, 4, 5, 6, 7), ElementsAre(8, 9, 10, 11)));
}

TEST(CachedWindows, PredictTokensBehindTheirPrompt) {
  EXPECT_THAT(cached_windows(lines({8, 3}), {1, 3, 8}), SizeIs(1)) << "three tokens are the second's prompt";
  EXPECT_THAT(cached_windows(lines({3}), {1, 3, 8}), IsEmpty());
  EXPECT_THAT(cached_windows({}, {1, 3, 8}), IsEmpty());
}

TEST(CachedWindows, AreNoMoreThanTheTokensThatCount) {
  const auto windows = cached_windows(lines({5000, 5000}), {4, 10, 138});
  EXPECT_EQ(windows.size() * 128, kCachedTokens);
}

TEST(CompareScores, GivesBothPerplexitiesTheirChangeAndTheLargestDifference) {
  const auto figures = compare_scores({{-1, -2}, {-3}}, {{-1, -2.5}, {-3}});
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->tokens, 3U);
  EXPECT_DOUBLE_EQ(figures->perplexity, std::exp(2));
  EXPECT_DOUBLE_EQ(figures->uncached_perplexity, std::exp(6.5 / 3));
  EXPECT_NEAR(figures->change, std::exp(-0.5 / 3) - 1, 1e-12);
  EXPECT_DOUBLE_EQ(figures->largest_difference, 0.5);
}

TEST(CompareScores, TokensThatAreMissingAreAnError) {
  EXPECT_FALSE(compare_scores({{-1, -2}}, {{-1}}));
  EXPECT_FALSE(compare_scores({}, {}));
  EXPECT_FALSE(compare_scores({{-1e6}}, {{-1}})) << "a perplexity beyond every number";
}

TEST(CompareGreedy, NamesTheFirstStepAtWhichTokensDifferAndBothGaps) {
  const Greedy mine{{}, {{1, 2, 3}, {4, 5, 6}}, {{.1, .2, .3}, {.4, .5, .6}}, {}};
  Greedy other = mine;
  auto same = compare_greedy(mine, other);
  EXPECT_EQ(same.steps, 3);
  EXPECT_EQ(same.sequences, 2);
  EXPECT_FALSE(same.first);
  other.tokens = {{1, 2, 9}, {4, 7, 6}};
  other.gaps[1][1] = 0.25;
  const auto comparison = compare_greedy(mine, other);
  ASSERT_TRUE(comparison.first);
  EXPECT_EQ(comparison.first->step, 2) << "from 1";
  EXPECT_EQ(comparison.first->sequence, 1);
  EXPECT_EQ(comparison.first->token, 5);
  EXPECT_EQ(comparison.first->other_token, 7);
  EXPECT_EQ(comparison.first->gap, 0.5);
  EXPECT_EQ(comparison.first->other_gap, 0.25);
}

TEST(CompareGreedy, ComparesTheStepsThatBothHave) {
  const Greedy mine{{}, {{1, 2, 3}}, {{0, 0, 0}}, {}};
  const Greedy shorter{{}, {{1, 2}}, {{0, 0}}, {}};
  EXPECT_EQ(compare_greedy(mine, shorter).steps, 2);
  EXPECT_FALSE(compare_greedy(mine, shorter).first);
}

TEST(CompareUncached, MeasuresLogProbabilitiesByTheSpreadOfTheLogits) {
  const Greedy cached{{}, {{1, 2, 3}, {4, 5, 6}}, {{0, 0, 0}, {0, 0, 0}}, {{-1, -2}, {-3, -4}}};
  Greedy other = cached;
  other.log_probabilities = {{-1, -2.5, -9}, {-3, -4.5, -9}};
  const auto comparison = compare_uncached(cached, {other, 4});
  EXPECT_FALSE(comparison.first);
  ASSERT_TRUE(comparison.relative_error);
  EXPECT_DOUBLE_EQ(*comparison.relative_error, std::sqrt(0.5 * 0.5 / 2) / 2)
      << "no step scores the last token";
}

TEST(CompareUncached, LogitsThatAreAllAlikeMakeEveryDifferenceInfinite) {
  const Greedy cached{{}, {{1, 2}}, {{0, 0}}, {{-1}}};
  Greedy other = cached;
  EXPECT_EQ(compare_uncached(cached, {other, 0}).relative_error, 0);
  other.log_probabilities = {{-1.5}};
  const auto far = compare_uncached(cached, {other, 0}).relative_error;
  ASSERT_TRUE(far);
  EXPECT_GT(*far, 1e100);
  EXPECT_TRUE(std::isfinite(*far)) << "JSON holds it";
}

TEST(CompareUncached, OneTokenHasNoStepThatScoresIt) {
  const Greedy cached{{}, {{1}}, {{0}}, {{}}};
  EXPECT_FALSE(compare_uncached(cached, {cached, 1}).relative_error);
}

QualityFigures figures_with(double change) {
  QualityFigures figures;
  figures.parity.emplace();
  figures.wants_cached = true;
  figures.cached_perplexity = CachedPerplexity{512, 20 * (1 + change), 20, change, 0.01, 1};
  return figures;
}

TEST(CachedGate, IsTightForFp32AndThatOfItsPrecisionForOthers) {
  const auto gate = [](double change, const char* precision) {
    return judge(figures_with(change), protocol::named_precision(precision)).gate;
  };
  EXPECT_EQ(gate(5e-5, "fp32"), Gate::passed);
  EXPECT_EQ(gate(-2e-4, "fp32"), Gate::failed);
  EXPECT_EQ(gate(0.04, "fp16"), Gate::passed);
  EXPECT_EQ(gate(0.06, "fp16"), Gate::failed);
  EXPECT_EQ(gate(0.09, "int8"), Gate::passed);
  EXPECT_EQ(gate(std::nan(""), "int8"), Gate::failed);
  const auto verdict = judge(figures_with(-2e-4), protocol::named_precision("fp32"));
  EXPECT_THAT(verdict.reason, HasSubstr("-0.02% of that without it, 20, and the gate of fp32 is 0.01%"));
}

TEST(CachedGate, LogProbabilitiesOfGreedyTokensCountWithoutACorpus) {
  const auto judged = [](double error, const char* precision) {
    QualityFigures figures = figures_with(0);
    figures.cached_perplexity.reset();
    figures.greedy_uncached = GreedyComparison{64, 1, std::nullopt, error};
    return judge(figures, protocol::named_precision(precision));
  };
  EXPECT_EQ(judged(9e-5, "fp32").gate, Gate::passed);
  EXPECT_EQ(judged(2e-3, "fp32").gate, Gate::failed);
  EXPECT_EQ(judged(2e-3, "fp16").gate, Gate::passed);
  EXPECT_EQ(judged(std::nan(""), "int8").gate, Gate::failed);
  EXPECT_THAT(
      judged(0.7, "fp16").reason,
      HasSubstr("the relative error of log probabilities through its KV cache is 0.7, and the gate of "
                "fp16 is 0.05"));
}

TEST(CachedGate, WhatDidNotComeIsNotMeasuredAndOtherTokensDoNotFail) {
  const auto fp32 = protocol::named_precision("fp32");
  QualityFigures figures = figures_with(0);
  figures.greedy_uncached = GreedyComparison{64, 1, GreedyDifference{3, 0, 1, 2, 1e-6, 1e-6}};
  EXPECT_EQ(judge(figures, fp32).gate, Gate::passed);
  figures.cached_perplexity.reset();
  EXPECT_EQ(judge(figures, fp32).gate, Gate::passed) << "without a corpus there is none";
  figures.cached_error = "crash: gone";
  EXPECT_THAT(judge(figures, fp32).reason, HasSubstr("no figures through its KV cache: crash: gone"));
  EXPECT_EQ(judge(figures, fp32).gate, Gate::not_measured);
  figures.cached_error = "invalid_output: NaN";
  EXPECT_EQ(judge(figures, fp32).gate, Gate::failed);
  figures.wants_cached = false;
  EXPECT_EQ(judge(figures, fp32).gate, Gate::passed);
}

TEST(CachedFigures, AreKeptAndAbsentWhereNobodyAskedForThem) {
  QualityResult result;
  result.model = "m";
  result.backend = "b";
  EXPECT_FALSE(to_json(result).contains("cached_perplexity"));
  const auto old = parse_quality_result(to_json(result), "quality.json");
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_FALSE(old->figures.wants_cached);
  result.figures = figures_with(1e-5);
  result.figures.greedy_uncached = GreedyComparison{64, 2, GreedyDifference{3, 1, 7, 8, 1e-6, 2e-6}, 3e-7};
  result.figures.greedy_reference = GreedyComparison{64, 2, std::nullopt};
  const Json json = to_json(result);
  const auto kept = parse_quality_result(json, "quality.json");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(to_json(*kept), json);
  EXPECT_TRUE(kept->figures.wants_cached);
  EXPECT_EQ(kept->figures.greedy_uncached->first->step, 3);
  EXPECT_EQ(kept->figures.greedy_uncached->first->gap, 1e-6);
  EXPECT_EQ(kept->figures.greedy_uncached->relative_error, 3e-7);
  EXPECT_FALSE(kept->figures.greedy_reference->first);
}

}  // namespace
}  // namespace inferscale::quality
