#include "study/cached_check.hpp"

#include <gmock/gmock.h>

#include "study/check_list.hpp"
#include "study/planned_checks.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// What comes through a KV cache, as a check of accuracy: which cache, and what is made of the answers.

namespace inferscale::study {
namespace {

using protocol::CacheShape;
using protocol::Mode;

record::Plan plan_of(std::vector<protocol::Scenario> scenarios, int new_tokens = 8) {
  record::Plan plan;
  plan.scenarios = std::move(scenarios);
  plan.modes = {Mode::prefill, Mode::decode};
  plan.new_tokens = new_tokens;
  return plan;
}

model::Model model_of(int positions) {
  return *model::resolve_model(
      fmt::format("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions={}", positions));
}

TEST(CheckedCache, IsThatOfTheShortestPromptAsAnEngineHasIt) {
  const auto plan = plan_of({{"long", 1, 200}, {"short", 1, 8}, {"batch", 4, 8}, {"crowd", 32, 4}});
  EXPECT_EQ(checked_cache(plan, model_of(1024)), (CacheShape{4, 8, 64}));
  EXPECT_EQ(checked_cache(plan, model_of(24)), (CacheShape{4, 8, 24}))
      << "no more than the model's positions";
}

TEST(CheckedCache, TakesNoMoreStepsThanItNeeds) {
  EXPECT_EQ(checked_cache(plan_of({{"much", 1, 8}}, 4000), model_of(8192)), (CacheShape{1, 8, 136}));
}

TEST(CheckedCache, ThereIsNoneWithoutAModeWithOneOrPositionsForIt) {
  auto plan = plan_of({{"short", 1, 8}});
  EXPECT_FALSE(checked_cache(plan, model_of(8)));
  plan.modes = {Mode::prefill, Mode::generate};
  EXPECT_FALSE(checked_cache(plan, model_of(1024)));
}

/// A worker that answers as its script says, and what a check makes of it.
class CachedCheckTest : public ::testing::Test {
 protected:
  static constexpr const char* kScript = R"sh(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":4,"can":[CAN],"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"start"'*) START;;
  *'"type":"step"'*) echo '{"type":"chosen","tokens":[7],"log_probabilities":[-1],"gaps":[0.5]}';;
  *) exit 0;;
esac; done)sh";

  BackendQuality asked(const std::string& can, const std::string& start) {
    study_.plan = plan_of({{"short", 1, 8}});
    study_.models = {model_of(16)};
    study_.cpus = {0};
    study_.backends.emplace_back().info = {"w", "cpu", "fp32", "none", "fp32", ""};
    study_.backends[0].worker = test::script_worker(
        folder_.path(), "worker", test::filled(test::filled(kScript, "CAN", can), "START", start));
    QualityCheck check;
    check.model = &study_.models[0];
    check.backend = &study_.backends[0];
    check.result.model = study_.models[0].name;
    check.result.backend = "w";
    const RunOptions options;
    const StudyInputs inputs(study_, {}, protocol::LogitsScope::all, options, store_, work_);
    const RepetitionSettings settings{&study_.plan, study_.cpus, [] { return false; }, options.executor};
    CachedCheck cached(check, inputs, study_, settings, folder_.path() / "logits");
    cached.ask_cached();
    BackendQuality quality;
    cached.add_to(quality);
    return quality;
  }

  static std::string says(const std::string& reply) { return "echo '" + reply + "'"; }

  test::TemporaryFolder folder_;
  PreparedStudy study_;
  artifact::ArtifactStore store_{folder_.path() / "artifacts"};
  ConcurrentWork work_;
};

constexpr const char* kSteps = R"("decode","steps","step_scores")";

TEST_F(CachedCheckTest, KeepsGreedyTokensWithTheirGaps) {
  const auto quality = asked(kSteps, says(R"({"type":"chosen","tokens":[3],"gaps":[0.25]})"));
  EXPECT_EQ(quality.cached_error, "");
  ASSERT_TRUE(quality.greedy);
  EXPECT_THAT(quality.greedy->tokens,
              ::testing::ElementsAre(std::vector<std::int32_t>{3, 7, 7, 7, 7, 7, 7, 7, 7}));
  EXPECT_EQ(quality.greedy->gaps[0][0], 0.25);
}

TEST_F(CachedCheckTest, AWorkerThatIsOlderIsAskedForNothing) {
  const auto quality = asked(R"("decode","steps")", "exit 1");
  EXPECT_TRUE(quality.scores_no_steps);
  EXPECT_EQ(quality.cached_error, "");
}

TEST_F(CachedCheckTest, WhatAWorkerLeavesOutOrEndsOnIsSaid) {
  const auto without = asked(kSteps, says(R"({"type":"chosen","tokens":[3]})"));
  EXPECT_THAT(without.cached_error, ::testing::HasSubstr("invalid_output: "));
  EXPECT_THAT(without.cached_error,
              ::testing::HasSubstr("0 log probabilities and 0 gaps came, and 0 and 1 were due"));
}

TEST_F(CachedCheckTest, ATokenThatTheModelLacksIsAWrongAnswer) {
  for (const char* token : {"61", "-1"}) {
    const auto quality = asked(
        kSteps, says(test::filled(R"({"type":"chosen","tokens":[TOKEN],"gaps":[0.25]})", "TOKEN", token)));
    EXPECT_EQ(quality.cached_error,
              fmt::format("invalid_output: token {} lies outside the vocabulary of 61", token));
  }
}

TEST_F(CachedCheckTest, ACrashIsNamed) {
  EXPECT_THAT(asked(kSteps, "exit 3").cached_error, ::testing::StartsWith("crash: "));
}

TEST(JudgedCached, TokensAreHeldAgainstTheReferences) {
  const auto answered = [](const char* backend, std::int32_t token) {
    QualityCheck check;
    check.result.backend = backend;
    check.result.reference = "reference";
    check.result.figures.wants_cached = true;
    check.answer.emplace();
    check.answer->logits = quality::StreamLogits{{1, 2, 3}, 1, 3};
    check.answer->greedy = quality::Greedy{{{1}}, {{5, token}}, {{1, 1e-6}}, {{-1}}};
    return check;
  };
  StudyBackend backend;
  backend.info = {"other", "cpu", "fp32", "onnx", "fp32", ""};
  auto reference = answered("reference", 8);
  auto other = answered("other", 9);
  reference.backend = other.backend = &backend;
  const auto result = judged_result(other, &reference);
  ASSERT_TRUE(result.figures.greedy_reference && result.figures.greedy_reference->first);
  EXPECT_EQ(result.figures.greedy_reference->first->step, 2);
  EXPECT_EQ(result.figures.greedy_reference->first->gap, 1e-6);
  EXPECT_EQ(result.verdict.gate, record::Gate::passed) << "rounding may choose: " << result.verdict.reason;
  EXPECT_FALSE(judged_result(reference, &reference).figures.greedy_reference);
  other.answer->scores_no_steps = true;
  EXPECT_FALSE(judged_result(other, &reference).figures.wants_cached);
}

}  // namespace
}  // namespace inferscale::study
