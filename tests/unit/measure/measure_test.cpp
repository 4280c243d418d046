#include "measure/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <limits>
#include <thread>

namespace inferscale::measure {

using namespace protocol;

namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr int kVocabulary = 50;

/// Its next token is the sum of the sequence's tokens, modulo the vocabulary: any mistake in what generate
/// feeds back changes the tokens.
class SumBackend : public Backend, public Forward {
 public:
  [[nodiscard]] WorkerInfo describe() const override { return {"sum", "none", "1", {}}; }
  Result<void> load(const LoadRequest& request) override {
    scope = request.logits;
    return {};
  }
  Result<void> prepare(std::span<const Shape> shapes) override {
    prepared.assign(shapes.begin(), shapes.end());
    return {};
  }
  Result<LogitsView> forward(const TokenBatch& tokens) override {
    seen.push_back({tokens.ids.begin(), tokens.ids.end()});
    const int positions = scope == LogitsScope::all ? tokens.shape.length : 1;
    const auto batch = static_cast<std::size_t>(tokens.shape.batch);
    const auto length = static_cast<std::size_t>(tokens.shape.length);
    const std::size_t row = std::size_t{kVocabulary} * static_cast<std::size_t>(positions);
    logits.assign(batch * row, 0.0F);
    for (std::size_t sequence = 0; sequence < batch; ++sequence) {
      int sum = 0;
      for (std::size_t i = 0; i < length; ++i) {
        sum += tokens.ids[sequence * length + i];
      }
      logits[(sequence + 1) * row - kVocabulary + static_cast<std::size_t>(sum % kVocabulary)] = 1.0F;
    }
    LogitsView view{logits.data(), ElementType::f32, tokens.shape.batch, positions, kVocabulary};
    return after ? after(view) : view;
  }

  LogitsScope scope = LogitsScope::all;
  std::vector<Shape> prepared;
  std::vector<std::vector<std::int32_t>> seen;
  std::vector<float> logits;
  std::function<Result<LogitsView>(LogitsView)> after;
};

LoadRequest load_request(LogitsScope scope = LogitsScope::all) {
  LoadRequest load;
  load.vocabulary = kVocabulary;
  load.max_positions = 64;
  load.logits = scope;
  return load;
}

MeasureRequest request_for(Mode mode, int iterations = 4) {
  MeasureRequest request;
  request.scenario = {"test", 2, 5};
  request.mode = mode;
  request.new_tokens = 3;
  request.warmup_iterations = 2;
  request.stop.min_iterations = iterations;
  request.stop.max_iterations = iterations;
  request.token_seed = 9;
  return request;
}

/// What a straightforward greedy loop gives for one sequence.
std::vector<std::int32_t> greedy(std::vector<std::int32_t> sequence, int new_tokens) {
  std::vector<std::int32_t> made;
  for (int i = 0; i < new_tokens; ++i) {
    int sum = 0;
    for (const auto token : sequence) {
      sum += token;
    }
    made.push_back(sum % kVocabulary);
    sequence.push_back(sum % kVocabulary);
  }
  return made;
}

std::vector<std::int32_t> row_of(const std::vector<std::int32_t>& ids, std::ptrdiff_t row,
                                 std::ptrdiff_t length) {
  return {ids.begin() + row * length, ids.begin() + (row + 1) * length};
}

TEST(Measure, PrefillRunsTheSamePromptInEveryIteration) {
  SumBackend backend;
  const auto measured = measure(backend, load_request(), request_for(Mode::prefill));
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_THAT(backend.prepared, ElementsAre(Shape{2, 5}));
  ASSERT_EQ(backend.seen.size(), 6U);  // 2 warm-up and 4 timed iterations
  EXPECT_THAT(backend.seen, Each(backend.seen[0]));
  EXPECT_EQ(measured->iterations, 4);
  EXPECT_EQ(measured->warmup_iterations, 2);
  EXPECT_THAT(measured->output_shape, ElementsAre(2, 5, kVocabulary));
  ASSERT_EQ(measured->new_tokens.size(), 2U);
  EXPECT_EQ(measured->new_tokens[0], greedy(row_of(backend.seen[0], 0, 5), 1));
  EXPECT_EQ(measured->new_tokens[1], greedy(row_of(backend.seen[0], 1, 5), 1));
  EXPECT_GT(measured->memory_peak_mb, 0);
}

TEST(Measure, GenerateFeedsEachTokenBack) {
  for (const LogitsScope scope : {LogitsScope::all, LogitsScope::last}) {
    SumBackend backend;
    backend.scope = scope;
    const auto measured = measure(backend, load_request(scope), request_for(Mode::generate, 2));
    ASSERT_TRUE(measured) << measured.error().message;
    EXPECT_THAT(backend.prepared, ElementsAre(Shape{2, 5}, Shape{2, 6}, Shape{2, 7}));
    EXPECT_EQ(backend.seen.size(), 4U * 3);  // 2 warm-up and 2 timed iterations of 3 passes
    EXPECT_EQ(measured->iterations, 2);
    ASSERT_EQ(measured->new_tokens.size(), 2U);
    EXPECT_EQ(measured->new_tokens[0], greedy(row_of(backend.seen[0], 0, 5), 3));
    EXPECT_EQ(measured->new_tokens[1], greedy(row_of(backend.seen[0], 1, 5), 3));
  }
}

TEST(Measure, LatencyIsTheForwardPassAndOfGenerateAllOfThem) {
  SumBackend backend;
  backend.after = [](LogitsView view) -> Result<LogitsView> {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return view;
  };
  const auto prefill = measure(backend, load_request(), request_for(Mode::prefill));
  ASSERT_TRUE(prefill);
  EXPECT_GE(prefill->latency_ms.min, 2.0);
  EXPECT_GE(prefill->latency_ms.max, prefill->latency_ms.mean);
  const auto generate = measure(backend, load_request(), request_for(Mode::generate));
  ASSERT_TRUE(generate);
  EXPECT_GE(generate->latency_ms.min, 6.0);
}

Outcome outcome_with(SumBackend& backend, const MeasureRequest& request) {
  const auto measured = measure(backend, load_request(), request);
  return measured ? Outcome::ok : measured.error().outcome;
}

TEST(Measure, NotANumberIsInvalidOutputInWarmUpAndInTheLastIteration) {
  for (const int bad_call : {1, 6}) {
    SumBackend backend;
    backend.after = [&](LogitsView view) -> Result<LogitsView> {
      if (static_cast<int>(backend.seen.size()) == bad_call) {
        backend.logits[3] = std::numeric_limits<float>::quiet_NaN();
      }
      return view;
    };
    EXPECT_EQ(outcome_with(backend, request_for(Mode::prefill)), Outcome::invalid_output) << bad_call;
  }
}

TEST(Measure, NotANumberAtAnyStepOfGenerateIsInvalidOutput) {
  SumBackend backend;
  backend.after = [&](LogitsView view) -> Result<LogitsView> {
    if (backend.seen.size() == 2) {
      backend.logits[0] = std::numeric_limits<float>::infinity();
    }
    return view;
  };
  EXPECT_EQ(outcome_with(backend, request_for(Mode::generate)), Outcome::invalid_output);
}

TEST(Measure, AWrongShapeIsInvalidOutput) {
  for (const Mode mode : {Mode::prefill, Mode::generate}) {
    SumBackend backend;
    backend.after = [](LogitsView view) -> Result<LogitsView> {
      view.positions = 1;
      return view;
    };
    EXPECT_EQ(outcome_with(backend, request_for(mode)), Outcome::invalid_output);
    auto unwarmed = request_for(mode);
    unwarmed.warmup_iterations = 0;
    EXPECT_EQ(outcome_with(backend, unwarmed), Outcome::invalid_output);
  }
}

TEST(Measure, TheBackendsErrorsPassThrough) {
  for (const std::size_t failing_call : {1U, 4U}) {  // in the warm-up, in the timed loop
    SumBackend backend;
    backend.after = [&](LogitsView view) -> Result<LogitsView> {
      if (backend.seen.size() == failing_call) {
        return fail_as(Outcome::out_of_memory, "no memory");
      }
      return view;
    };
    EXPECT_EQ(outcome_with(backend, request_for(Mode::prefill)), Outcome::out_of_memory);
  }
}

TEST(Measure, RefusesWhatItCannotDo) {
  SumBackend backend;
  EXPECT_EQ(outcome_with(backend, request_for(Mode::decode)), Outcome::unsupported);
  auto request = request_for(Mode::prefill);
  request.scenario.prompt_tokens = 64;
  EXPECT_EQ(outcome_with(backend, request), Outcome::ok);
  request.scenario.prompt_tokens = 65;
  EXPECT_EQ(outcome_with(backend, request), Outcome::profile_mismatch);
  request = request_for(Mode::generate);
  request.scenario.prompt_tokens = 62;  // the last pass is over 64
  EXPECT_EQ(outcome_with(backend, request), Outcome::ok);
  request.scenario.prompt_tokens = 63;
  EXPECT_EQ(outcome_with(backend, request), Outcome::profile_mismatch);
}

TEST(Measure, RefusesNonsense) {
  SumBackend backend;
  const std::vector<std::function<void(MeasureRequest&)>> mistakes{
      [](MeasureRequest& r) { r.scenario.batch = 0; },
      [](MeasureRequest& r) { r.scenario.prompt_tokens = 0; },
      [](MeasureRequest& r) { r.new_tokens = 0; },
      [](MeasureRequest& r) { r.warmup_iterations = -1; },
      [](MeasureRequest& r) { r.stop.max_iterations = 0; },
      [](MeasureRequest& r) { r.stop.min_iterations = r.stop.max_iterations + 1; },
      [](MeasureRequest& r) { r.stop.max_iterations = 2'000'000'000; },
      [](MeasureRequest& r) { r.stop.max_s = 0; },
      [](MeasureRequest& r) { r.stop.target_relative_half_width = -1; },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    auto request = request_for(Mode::generate);
    mistakes[i](request);
    EXPECT_EQ(outcome_with(backend, request), Outcome::error) << "mistake " << i;
  }
  EXPECT_TRUE(backend.seen.empty());
}

}  // namespace
}  // namespace inferscale::measure
