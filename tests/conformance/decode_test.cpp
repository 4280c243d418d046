#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <optional>

#include "core/files.hpp"
#include "protocol/capability.hpp"
#include "protocol/needs.hpp"
#include "protocol/prompt.hpp"
#include "workers.hpp"

// Steps with a KV cache make the tokens that uncached passes make, on every backend that has both.

namespace inferscale::test {

using namespace protocol;

namespace {

using Tokens = std::vector<std::vector<std::int32_t>>;

constexpr int kNewTokens = 14;

/// What tests ask of a model: the same, since an engine has passes for one shape and takes seconds to build.
constexpr int kBatch = 2;
constexpr int kPrompt = 5;

std::string golden(const std::string& name) {
  return std::string(INFERSCALE_SOURCE_DIR) + "/tests/golden/parity/" + name;
}

/// Small shapes of every family, with grouped heads, head norms, biases, a sliding window and heads of an odd
/// size. Random weights choose among few tokens, so vocabularies are small and layers few.
const std::map<std::string, std::string> kModels{
    {"gpt2", "gpt2:layers=2,hidden=32,heads=2,vocabulary=61,positions=40"},
    {"gpt2_odd_heads", "gpt2:layers=2,hidden=6,heads=2,vocabulary=61,positions=40"},
    {"opt", "opt:layers=2,hidden=32,heads=2,vocabulary=61,positions=40"},
    {"llama", "llama:layers=2,hidden=64,heads=4,kv_heads=2,vocabulary=61,positions=40,inner=96"},
    {"qwen2", "qwen2:layers=2,hidden=64,heads=4,kv_heads=2,vocabulary=61,positions=40,inner=48"},
    {"qwen3", "qwen3:layers=2,hidden=40,heads=4,kv_heads=2,head_size=16,vocabulary=61,positions=40,inner=48"},
    {"sliding_window", golden("mistral")}};

std::vector<std::string> names_of_models() {
  std::vector<std::string> names;
  for (const auto& [name, model] : kModels) {
    names.push_back(name);
  }
  return names;
}

bool has_steps(const client::RegisteredBackend& backend) {
  auto session = start_worker(backend);
  const auto hello = session.hello(soon());
  return hello && can(*hello, capability_of(Mode::decode)) && loads_a_file(backend.info);
}

constexpr const char* kNoSteps = "it has no steps with a KV cache";

MeasureRequest request_of(Mode mode, int batch, int prompt) {
  MeasureRequest request;
  request.scenario = {"follow", batch, prompt, kNewTokens};
  request.mode = mode;
  request.new_tokens = kNewTokens;
  request.warmup_iterations = 1;
  request.token_seed = 118;
  request.stop.min_iterations = request.stop.max_iterations = 2;
  return request;
}

/// An engine without a cache takes seconds to build: one serves tokens and scores.
protocol::LoadRequest load_request_of(const client::RegisteredBackend& backend, const model::Model& model,
                                      const MeasureRequest& request) {
  const bool all = request.mode == Mode::generate && is_built(backend.info);
  return load_request(backend, model, all ? LogitsScope::all : LogitsScope::last, request.mode,
                      {request.scenario});
}

Result<Measurement> measured(const client::RegisteredBackend& backend, const model::Model& model,
                             MeasureRequest request) {
  auto session = start_worker(backend);
  TRY(load(session, load_request_of(backend, model, request)));
  request.scenario.new_tokens = 0;  // it is said once
  return session.measure(request, soon());
}

Result<Tokens> tokens(const client::RegisteredBackend& backend, const model::Model& model,
                      const MeasureRequest& request) {
  TRY_ASSIGN(const Measurement made, measured(backend, model, request));
  return made.new_tokens;
}

/// Quantised activations have scales that other tokens of a pass move, and some runtimes keep a quantised
/// cache: then the first token alone must be the same.
Tokens comparable(const client::RegisteredBackend& backend, Tokens tokens) {
  if (precision_of(backend.info).bits < 16) {
    for (auto& sequence : tokens) {
      sequence.resize(1);
    }
  }
  return tokens;
}

/// What a step may differ from a pass over the whole sequence, of a log probability. Random weights: logits
/// are small, and so is what a low precision makes of them. A step that attends to the wrong rows differs by
/// some hundredths, whatever its precision.
double score_tolerance(const BackendInfo& info) {
  static const std::map<std::string, double> tolerances{
      {"fp32", 2e-4}, {"tf32", 1e-2}, {"fp16", 1e-2}, {"bf16", 5e-2}};
  const auto found = tolerances.find(info.precision);
  return found == tolerances.end() ? 0.3 : found->second;
}

/// Log probabilities of `given`, one step after the other, and each pass's gaps.
Result<std::pair<std::vector<std::vector<double>>, std::vector<std::vector<double>>>> stepped(
    client::WorkerSession& session, const Tokens& prompt, const Tokens& given) {
  std::vector<std::vector<double>> scores(prompt.size());
  std::vector<std::vector<double>> gaps(prompt.size());
  const int capacity = static_cast<int>(prompt[0].size() + given[0].size());
  TRY_ASSIGN(ChosenReply reply, session.start_sequences({prompt, capacity, true}, soon()));
  for (std::size_t place = 0; place <= given[0].size(); ++place) {
    for (std::size_t s = 0; s < prompt.size(); ++s) {
      gaps[s].push_back(reply.scores.gaps[s]);
    }
    if (place == given[0].size()) {
      break;
    }
    StepRequest step{{}, true};
    for (const auto& tokens : given) {
      step.tokens.push_back(tokens[place]);
    }
    TRY_ASSIGN(reply, session.step(step, soon()));
    for (std::size_t s = 0; s < prompt.size(); ++s) {
      scores[s].push_back(reply.scores.log_probabilities[s]);
    }
  }
  return std::pair(scores, gaps);
}

/// Where the first tokens differ, of the sequence that parts first: {sequence, step}.
std::optional<std::pair<std::size_t, std::size_t>> first_difference(const Tokens& one, const Tokens& other) {
  for (std::size_t step = 0; step < one[0].size(); ++step) {
    for (std::size_t s = 0; s < one.size(); ++s) {
      if (one[s][step] != other[s][step]) {
        return std::pair(s, step);
      }
    }
  }
  return std::nullopt;
}

/// The gap between the two highest logits of that step, through the cache.
Result<double> gap_at(const client::RegisteredBackend& backend, const model::Model& model,
                      const MeasureRequest& request, const Tokens& made,
                      const std::pair<std::size_t, std::size_t>& place) {
  const auto batch = static_cast<std::size_t>(request.scenario.batch);
  const auto length = static_cast<std::ptrdiff_t>(request.scenario.prompt_tokens);
  std::vector<std::int32_t> ids(batch * static_cast<std::size_t>(length));
  fill_prompt(request.token_seed, model.config.vocabulary, ids);
  Tokens prompt, given;
  for (std::size_t s = 0; s < batch; ++s) {
    const auto row = ids.begin() + static_cast<std::ptrdiff_t>(s) * length;
    prompt.emplace_back(row, row + length);
    given.emplace_back(made[s].begin(), made[s].begin() + static_cast<std::ptrdiff_t>(place.second) + 1);
  }
  auto session = start_worker(backend);
  TRY(load(session, load_request_of(backend, model, request)));
  TRY_ASSIGN(const auto all, stepped(session, prompt, given));
  return all.second[place.first][place.second];
}

/// Other tokens may come only where two logits are as good as equal, so that rounding chooses.
void expect_tokens_of_passes(const client::RegisteredBackend& backend, const model::Model& model, int batch,
                             int prompt) {
  const MeasureRequest request = request_of(Mode::decode, batch, prompt);
  const auto steps = tokens(backend, model, request);
  const auto passes = tokens(backend, model, request_of(Mode::generate, batch, prompt));
  ASSERT_TRUE(steps && passes) << (steps ? passes : steps).error().message;
  const auto other = first_difference(comparable(backend, *steps), comparable(backend, *passes));
  if (other) {
    const auto gap = gap_at(backend, model, request, *steps, *other);
    ASSERT_TRUE(gap) << gap.error().message;
    EXPECT_LE(*gap, score_tolerance(backend.info))
        << "sequence " << other->first << ", step " << other->second + 1 << ": "
        << ::testing::PrintToString(*steps) << " and " << ::testing::PrintToString(*passes);
  }
}

class Decode : public BackendTest {
 protected:
  void SetUp() override {
    if (!has_steps(GetParam())) {
      GTEST_SKIP() << kNoSteps;
    }
  }
};

class DecodeFamilies : public ModelTest {
 protected:
  void SetUp() override {
    if (!has_steps(backend())) {
      GTEST_SKIP() << kNoSteps;
    }
    auto model = model::resolve_model(kModels.at(model_name()));
    ASSERT_TRUE(model) << model.error().message;
    model_ = std::move(*model);
  }
  model::Model model_;
};

TEST_P(DecodeFamilies, MakesTheTokensOfUncachedPasses) {
  expect_tokens_of_passes(backend(), model_, kBatch, kPrompt);
}

/// Kernels of long prompts and many sequences are others than those of short ones.
TEST_P(Decode, MakesTheSameTokenAfterALongPromptOfEverySequence) {
  const auto model = model::resolve_model("gpt2:layers=2,hidden=128,heads=2,vocabulary=61,positions=160");
  ASSERT_TRUE(model) << model.error().message;
  expect_tokens_of_passes(GetParam(), *model, 4, 129);
}

TEST_P(Decode, TimesThePromptAndEachStep) {
  const auto made = measured(GetParam(), small_model(), request_of(Mode::decode, 1, 6));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT(made->time_to_first_token_ms, 0);
  ASSERT_TRUE(made->time_per_output_token_ms);
  EXPECT_GT(made->time_per_output_token_ms->min, 0);
  EXPECT_LE(made->time_per_output_token_ms->median, made->time_per_output_token_ms->p99);
  EXPECT_GT(made->kv_bytes_per_token, 0);
  EXPECT_EQ(made->output_shape, (std::vector<int>{1, 1, small_model().config.vocabulary}));
}

TEST_P(Decode, StartAndStepGiveOneTokenAtATime) {
  auto session = start();
  const auto request = load_request(GetParam(), small_model(), LogitsScope::last, Mode::decode,
                                    {{"follow", 1, 6, kNewTokens}});
  ASSERT_TRUE(session.load(request, soon()));
  const auto by_measure = tokens(GetParam(), small_model(), request_of(Mode::decode, 1, 6));
  ASSERT_TRUE(by_measure);
  // The first six numbers of SplitMix64 from seed 118 are measure's prompt; here any prompt will do.
  const Tokens prompt{{30, 44, 43, 28, 7, 35}};
  auto chosen = session.start_sequences({prompt, 8}, soon());
  ASSERT_TRUE(chosen) << chosen.error().message;
  ASSERT_EQ(chosen->tokens.size(), 1U);
  for (int step = 0; step < 2; ++step) {
    chosen = session.step({chosen->tokens}, soon());
    ASSERT_TRUE(chosen) << chosen.error().message;
  }
  const auto full = session.step({chosen->tokens}, soon());
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().outcome, Outcome::error);
}

TEST_P(DecodeFamilies, ScoresOfStepsAreThoseOfUncachedPasses) {
  const Tokens prompt{{30, 24, 33, 28, 7}, {1, 2, 3, 5, 8}};
  const Tokens given{{35, 0, 20, 12, 12, 9}, {13, 21, 34, 15, 4, 7}};
  auto session = start_worker(backend());
  ASSERT_TRUE(load(session, load_request_of(backend(), model_, request_of(Mode::decode, kBatch, kPrompt))));
  const auto made = stepped(session, prompt, given);
  ASSERT_TRUE(made) << made.error().message;
  auto passes = start_worker(backend());
  ASSERT_TRUE(load(passes, load_request(backend(), model_, LogitsScope::all, Mode::generate,
                                        {request_of(Mode::generate, kBatch, kPrompt).scenario})));
  Tokens whole = prompt;
  for (std::size_t s = 0; s < whole.size(); ++s) {
    whole[s].insert(whole[s].end(), given[s].begin(), given[s].end());
  }
  const auto expected = passes.score({whole, 0}, soon());
  ASSERT_TRUE(expected) << expected.error().message;
  for (std::size_t s = 0; s < whole.size(); ++s) {
    for (std::size_t i = 0; i < given[s].size(); ++i) {
      EXPECT_NEAR(made->first[s][i], expected->log_probabilities[s][prompt[s].size() - 1 + i],
                  score_tolerance(backend().info))
          << "sequence " << s << ", step " << i + 1;
    }
  }
}

INFERSCALE_FOR_EVERY_MODEL_AND_BACKEND(DecodeFamilies, names_of_models());

TEST_P(Decode, GapsAreThoseBetweenTheHighestLogitsOfUncachedPasses) {
  const Tokens prompt{{30, 44, 43, 28, 7}, {1, 2, 3, 5, 8}};
  auto session = start();
  ASSERT_TRUE(load(session, load_request(GetParam(), small_model(), LogitsScope::last, Mode::decode,
                                         {{"follow", kBatch, kPrompt, kNewTokens}})));
  const auto made = stepped(session, prompt, {{9, 9, 9}, {4, 5, 6}});
  ASSERT_TRUE(made) << made.error().message;
  auto passes = start_loaded(small_model(), LogitsScope::last);
  const auto file = folder_.path() / "logits";
  ASSERT_TRUE(passes.logits({{{30, 44, 43, 28, 7, 9, 9, 9}, {1, 2, 3, 5, 8, 4, 5, 6}}, file}, soon()));
  const auto bytes = read_file(file);
  ASSERT_TRUE(bytes);
  std::vector<float> logits(bytes->size() / sizeof(float));
  std::memcpy(logits.data(), bytes->data(), bytes->size());
  const std::size_t vocabulary = logits.size() / 2;
  for (std::size_t s = 0; s < 2; ++s) {
    std::vector<float> row(logits.begin() + static_cast<std::ptrdiff_t>(s * vocabulary),
                           logits.begin() + static_cast<std::ptrdiff_t>((s + 1) * vocabulary));
    std::sort(row.begin(), row.end(), std::greater<>());
    EXPECT_NEAR(made->second[s].back(), row[0] - row[1], score_tolerance(GetParam().info))
        << "sequence " << s;
  }
}

TEST_P(Decode, WithoutScoresThereAreNone) {
  auto session = start();
  ASSERT_TRUE(load(session, load_request(GetParam(), small_model(), LogitsScope::last, Mode::decode,
                                         {{"follow", 1, 6, kNewTokens}})));
  auto chosen = session.start_sequences({{{1, 2, 3, 4, 5, 6}}, 7}, soon());
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_TRUE(chosen->scores.gaps.empty() && chosen->scores.log_probabilities.empty());
  chosen = session.step({{7}, true}, soon());
  ASSERT_TRUE(chosen) << "scores of a step behind others without: " << chosen.error().message;
  EXPECT_LT(chosen->scores.log_probabilities.at(0), 0);
}

/// A step has one token of each sequence: their number is no sequence's length.
TEST_P(Decode, StepsMoreSequencesThanTheModelHasPositions) {
  const int sequences = small_model().config.positions + 1;
  auto session = start();
  ASSERT_TRUE(load(session, load_request(GetParam(), small_model(), LogitsScope::last, Mode::decode,
                                         {{"many", sequences, 2, 2}})));
  const Tokens prompts(static_cast<std::size_t>(sequences), {1, 2});
  auto chosen = session.start_sequences({prompts, 3}, soon());
  ASSERT_TRUE(chosen) << chosen.error().message;
  chosen = session.step({chosen->tokens}, soon());
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->tokens.size(), prompts.size());
  chosen->tokens.back() = small_model().config.vocabulary;
  const auto outside = session.step({chosen->tokens}, soon());
  EXPECT_FALSE(outside);
}

INFERSCALE_FOR_EVERY_BACKEND(Decode);

/// fp32 backends of the same weights may not differ in a single token, with a cache either.
TEST(DecodeAgreement, TokensAreEqualOverBackends) {
  const auto model = model::resolve_model("tiny-gpt2");
  ASSERT_TRUE(model);
  std::map<std::string, Tokens> made;
  for (const auto& backend : usable_backends()) {
    auto session = client::WorkerSession::start(backend.executable);
    ASSERT_TRUE(session);
    const auto hello = session->hello(soon());
    ASSERT_TRUE(hello);
    if (!loads_a_file(backend.info) || backend.info.precision != "fp32" ||
        !can(*hello, capability_of(Mode::decode))) {
      continue;
    }
    MeasureRequest request;
    request.scenario = {"batch_medium", 4, 19, kNewTokens};
    request.new_tokens = kNewTokens;
    ASSERT_TRUE(
        load(*session, load_request(backend, *model, LogitsScope::last, Mode::decode, {request.scenario})));
    request.mode = Mode::decode;
    request.warmup_iterations = 0;
    request.stop.min_iterations = request.stop.max_iterations = 1;
    request.token_seed = 118;
    request.scenario.new_tokens = 0;  // it is said once
    const auto measured = session->measure(request, soon());
    ASSERT_TRUE(measured) << measured.error().message;
    made[backend.info.name] = measured->new_tokens;
  }
  if (made.size() < 2) {
    GTEST_SKIP() << "fewer than two runtimes with steps are installed";
  }
  for (const auto& [name, tokens] : made) {
    EXPECT_EQ(tokens, made.begin()->second) << name << " and " << made.begin()->first;
  }
}

}  // namespace
}  // namespace inferscale::test
