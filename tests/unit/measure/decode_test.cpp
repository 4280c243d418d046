#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <numeric>

#include "measure/capabilities.hpp"
#include "measure/measure.hpp"
#include "measure/memory.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kWords = 50;

/// Its next token is the sum of all tokens of the sequence, modulo the vocabulary, which it keeps as its
/// cache.
class SummingSteps final : public Backend, public CachedSteps {
 public:
  [[nodiscard]] WorkerInfo describe() const override { return {"sum", "none", "1", {}}; }
  Result<void> load(const LoadRequest& /*request*/) override { return {}; }
  Result<void> reserve(std::span<const CacheShape> caches) override {
    reserved.assign(caches.begin(), caches.end());
    return {};
  }
  Result<Chosen> start(const TokenBatch& prompt, const CacheShape& cache) override {
    started.push_back(cache);
    prompt_.assign(prompt.ids.begin(), prompt.ids.end());
    sums_.assign(static_cast<std::size_t>(prompt.shape.batch), 0);
    for (std::size_t i = 0; i < prompt_.size(); ++i) {
      sums_[i / static_cast<std::size_t>(prompt.shape.length)] += prompt_[i];
    }
    ++passes;
    return choose();
  }
  Result<Chosen> step(std::span<const std::int32_t> tokens) override {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sums_[i] += tokens[i];
    }
    ++passes;
    return choose();
  }
  Result<LogitsView> last_logits() override {
    ++looked_at;
    return LogitsView{logits.data(), ElementType::f32, static_cast<int>(sums_.size()), 1, kWords};
  }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return 96; }
  [[nodiscard]] const std::vector<std::int32_t>& prompt() const { return prompt_; }

  std::vector<CacheShape> reserved, started;
  std::size_t passes = 0, looked_at = 0;
  std::vector<float> logits = std::vector<float>(std::size_t{2} * std::size_t{kWords}, 0.5F);
  std::int32_t wrong_token = -1;     ///< chosen for the first sequence where it is not -1
  std::size_t fails_at = 1'000'000;  ///< a pass

 private:
  Result<Chosen> choose() {
    if (passes > fails_at) {
      return fail_as(Outcome::out_of_memory, "no memory");
    }
    chosen_.clear();
    for (const std::int32_t sum : sums_) {
      chosen_.push_back(sum % kWords);
    }
    chosen_[0] = wrong_token == -1 ? chosen_[0] : wrong_token;
    return Chosen(chosen_);
  }
  std::vector<std::int32_t> prompt_, sums_, chosen_;
};

LoadRequest loaded() {
  LoadRequest load;
  load.vocabulary = kWords;
  load.max_positions = 64;
  return load;
}

MeasureRequest request_of(int new_tokens, int iterations = 3) {
  MeasureRequest request;
  request.scenario = {"test", 2, 5};
  request.mode = Mode::decode;
  request.new_tokens = new_tokens;
  request.warmup_iterations = 1;
  request.stop.min_iterations = request.stop.max_iterations = iterations;
  request.token_seed = 9;
  return request;
}

std::vector<std::int32_t> sums(std::span<const std::int32_t> prompt, int new_tokens) {
  std::int32_t sum = std::accumulate(prompt.begin(), prompt.end(), 0);
  std::vector<std::int32_t> made;
  for (int i = 0; i < new_tokens; ++i) {
    made.push_back(sum % kWords);
    sum += made.back();
  }
  return made;
}

TEST(Decode, FeedsEachTokenBackAndTimesThePromptApartFromTheSteps) {
  SummingSteps backend;
  const auto measured = measure(backend, loaded(), request_of(4));
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_THAT(backend.reserved, ElementsAre(CacheShape{2, 5, 8}));  // the last token is in no pass
  EXPECT_THAT(backend.started, Contains(CacheShape{2, 5, 8}).Times(4));
  EXPECT_EQ(backend.passes, 4U * 4U);
  EXPECT_THAT(measured->output_shape, ElementsAre(2, 1, kWords));
  const std::span<const std::int32_t> prompt = backend.prompt();
  ASSERT_EQ(measured->new_tokens.size(), 2U);
  EXPECT_EQ(measured->new_tokens[0], sums(prompt.first(5), 4));
  EXPECT_EQ(measured->new_tokens[1], sums(prompt.subspan(5), 4));
  EXPECT_EQ(measured->iterations, 3);
  EXPECT_GT(measured->time_to_first_token_ms, 0);
  ASSERT_TRUE(measured->time_per_output_token_ms);
  const LatencySummary& steps = *measured->time_per_output_token_ms;
  EXPECT_GT(steps.min, 0);
  // An iteration is its prompt and its three steps, and nothing else.
  const double parts = measured->time_to_first_token_ms + 3 * steps.mean;
  EXPECT_LE(parts, measured->latency_ms.mean * (1 + 1e-9));
  EXPECT_EQ(measured->kv_bytes_per_token, 96);
}

TEST(Decode, LooksAtLogitsOnlyWhereNothingIsTimed) {
  SummingSteps backend;
  ASSERT_TRUE(measure(backend, loaded(), request_of(4)));
  EXPECT_EQ(backend.looked_at, 4U + 1U);  // each pass of the warm-up, and the last of all
}

TEST(Decode, OfOneTokenHasNoSteps) {
  SummingSteps backend;
  const auto measured = measure(backend, loaded(), request_of(1));
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_FALSE(measured->time_per_output_token_ms);
  EXPECT_EQ(measured->new_tokens[0].size(), 1U);
}

TEST(Decode, RefusesWhatTheModelHasNoPlacesFor) {
  SummingSteps backend;
  EXPECT_TRUE(measure(backend, loaded(), request_of(60)));  // 5 + 60 - 1 = 64 places
  const auto refused = measure(backend, loaded(), request_of(61));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().outcome, Outcome::profile_mismatch);
}

TEST(Decode, TokensAndLogitsThatCannotBeAreInvalidOutput) {
  SummingSteps outside;
  outside.wrong_token = kWords;
  const auto wrong = measure(outside, loaded(), request_of(4));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().outcome, Outcome::invalid_output);
  EXPECT_THAT(wrong.error().message, HasSubstr("outside the vocabulary of 50"));
  SummingSteps infinite;
  infinite.logits[7] = std::numeric_limits<float>::infinity();
  const auto refused = measure(infinite, loaded(), request_of(4));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().outcome, Outcome::invalid_output);
}

TEST(Decode, AStepThatFailsKeepsItsOutcome) {
  for (const std::size_t pass : {0U, 2U, 6U}) {
    SummingSteps backend;
    backend.fails_at = pass;
    const auto measured = measure(backend, loaded(), request_of(4));
    ASSERT_FALSE(measured);
    EXPECT_EQ(measured.error().outcome, Outcome::out_of_memory);
  }
}

TEST(Decode, ACacheLargerThanTheMemoryIsRefusedWithBothNumbers) {
  EXPECT_TRUE(check_fits_in_memory(1, "the KV cache"));
  const auto refused = check_fits_in_memory(std::size_t{1} << 60U, "the KV cache");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().outcome, Outcome::out_of_memory);
  EXPECT_THAT(refused.error().message,
              ::testing::MatchesRegex("the KV cache needs 1099511627776 MiB, and [0-9]+ MiB are left"));
}

TEST(Decode, IsWhatABackendWithStepsCan) {
  EXPECT_THAT(capabilities_of(SummingSteps()), ElementsAre("decode", "steps", "step_scores"));
}

}  // namespace
}  // namespace inferscale::measure
