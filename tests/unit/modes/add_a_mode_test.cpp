// A mode that only this program has, made as docs/how-to/extend/add-a-mode.md says. Nothing else of the tree
// names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "analysis/roofline.hpp"
#include "artifact/engine_profiles.hpp"
#include "family/ladder.hpp"
#include "measure/measure.hpp"
#include "measure/modes/iteration.hpp"
#include "protocol/measurement.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/row_store.hpp"
#include "study/repetition.hpp"
#include "support/temporary_folder.hpp"
#include "unit/record/samples.hpp"

namespace inferscale {

using namespace protocol;

namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kVocabulary = 7;

// What the mode is.

constexpr Mode kRepeat{3};
constexpr std::array kRepeatFills{ModeField::new_tok_s};

constinit const ModeDescriptor kRepeatMode{
    .id = kRepeat,
    .name = "repeat",
    .words = "the prompt's forward pass once a new token",
    .refusal = {},
    .by_default = false,
    .makes_tokens = true,
    .pass_input = PassInput::whole_sequence,
    .fills = kRepeatFills,
    .columns = kRepeatFills,
    .ranked_by = "throughput_tok_s",
    .counted_tokens =
        [](const Scenario& scenario, int new_tokens) {
          return long{scenario.batch} * scenario.prompt_tokens * new_tokens;
        },
    .longest = [](const Scenario& scenario, int) { return std::int64_t{scenario.prompt_tokens}; },
    .shapes =
        [](const Scenario& scenario, int new_tokens) {
          return std::vector<Shape>(static_cast<std::size_t>(new_tokens),
                                    {scenario.batch, scenario.prompt_tokens});
        },
};

// How a worker runs it.

Result<measure::LogitsView> run_repeat(measure::IterationState& state, bool check) {
  measure::LogitsView logits;
  for (std::size_t step = 0; step < state.shapes().size(); ++step) {
    TRY_ASSIGN(logits, state.forward_prompt());
    TRY(check ? state.check_output(step, logits) : state.check_shape_of(step, logits));
    state.take_tokens(step, logits);
  }
  return logits;
}

Result<void> finish_repeat(measure::IterationState& state, const measure::LogitsView& last) {
  return state.check_output(state.shapes().size() - 1, last);
}

constinit const measure::ModeIteration kRepeatIteration{kRepeat, measure::implements<measure::Forward>,
                                                        measure::prepare_passes, run_repeat, finish_repeat};

/// Both lines of the lists, before any test reads them.
const bool kAdded = [] {
  add_mode_for_test(kRepeatMode);
  measure::add_iteration_for_test(kRepeatIteration);
  return true;
}();

// The program, which knows nothing of it.

/// Always finds token 4 the likeliest.
class Four : public measure::Backend, public measure::Forward {
 public:
  [[nodiscard]] WorkerInfo describe() const override { return {"four", "none", "1", {}}; }
  Result<void> load(const LoadRequest&) override { return {}; }
  Result<void> prepare(std::span<const Shape>) override { return {}; }
  Result<measure::LogitsView> forward(const TokenBatch& tokens) override {
    ++passes;
    const int rows = tokens.shape.batch * tokens.shape.length;
    logits.assign(static_cast<std::size_t>(rows) * kVocabulary, 0.0F);
    for (int row = 0; row < rows; ++row) {
      logits[static_cast<std::size_t>(row) * kVocabulary + 4] = 1.0F;
    }
    return measure::LogitsView{logits.data(), measure::ElementType::f32, tokens.shape.batch,
                               tokens.shape.length, kVocabulary};
  }

  int passes = 0;
  std::vector<float> logits;
};

MeasureRequest repeat_request() {
  MeasureRequest request;
  request.scenario = {"test", 2, 5};
  request.mode = kRepeat;
  request.new_tokens = 3;
  request.warmup_iterations = 1;
  request.stop.min_iterations = request.stop.max_iterations = 4;
  return request;
}

TEST(AddedMode, IsNamedAndInNoPlanUnasked) {
  ASSERT_TRUE(kAdded);
  EXPECT_EQ(to_string(kRepeat), "repeat");
  EXPECT_EQ(parse_mode("repeat"), kRepeat);
  EXPECT_EQ(mode_names(), "prefill, generate, decode or repeat");
  EXPECT_THAT(default_modes(), ElementsAre(Mode::prefill, Mode::generate));
  Json json =
      Json::parse(R"({"label": "x", "models": ["gpt2"], "backends": ["null-cpu"], "modes": ["repeat"]})");
  const auto plan = record::parse_plan(json, "plan");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->modes, ElementsAre(kRepeat));
  json["modes"][0] = "again";
  EXPECT_THAT(record::parse_plan(json, "plan").error().message,
              HasSubstr("'again' is not prefill, generate, decode or repeat"));
}

TEST(AddedMode, EveryModeThatRunsHasAnIteration) {
  for (const ModeDescriptor* one : modes()) {
    EXPECT_EQ(measure::find_iteration(one->id) != nullptr, one->runs()) << one->name;
  }
}

TEST(AddedMode, IsMeasuredAndWhatCameBackIsTaken) {
  Four backend;
  LoadRequest load;
  load.vocabulary = kVocabulary;
  load.max_positions = 5;  // a sequence grows in generate, and not here
  load.logits = LogitsScope::all;
  const MeasureRequest request = repeat_request();
  const auto measured = measure::measure(backend, load, request);
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(backend.passes, (1 + 4) * 3);
  EXPECT_THAT(measured->new_tokens, Each(ElementsAre(4, 4, 4)));
  const auto taken = study::check_measurement(*measured, request, LogitsScope::all, kVocabulary);
  EXPECT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(counted_tokens(request.scenario, kRepeat, 3), 2 * 5 * 3);
}

TEST(AddedMode, HasRowsOfItsOwn) {
  const test::TemporaryFolder folder;
  const record::Repetition repetition{"gpt2", "null", builtin_scenarios()[0], kRepeat, 0};
  {
    auto store = record::RowStore::open(folder.path());
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(store->append(test::ok_row(repetition)));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "raw/repeat.jsonl"));
  const auto store = record::RowStore::open(folder.path());
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE(store->has(repetition));
  const Json json = to_json(store->rows().front());
  EXPECT_EQ(json["mode"], "repeat");
  EXPECT_EQ(json["new_tok_s"], 3000);
  EXPECT_TRUE(json["time_to_first_token_ms"].is_null());
}

TEST(AddedMode, HasWorkAndProfiles) {
  const auto config = family::parse_model_name("gpt2-5m");
  ASSERT_TRUE(config);
  const Scenario scenario{"test", 2, 5};
  const auto once = analysis::cell_work(*config, scenario, Mode::prefill, 3, LogitsScope::last, 4);
  const auto thrice = analysis::cell_work(*config, scenario, kRepeat, 3, LogitsScope::last, 4);
  ASSERT_TRUE(thrice);
  EXPECT_DOUBLE_EQ(thrice->flops, 3 * once->flops);
  const auto profiles = [&](Mode mode) {
    return artifact::plan_profiles({{scenario}, {mode}, 3, 1024, 50257}, artifact::ProfilePolicy::batch);
  };
  EXPECT_EQ(profiles(kRepeat), profiles(Mode::prefill));
}

}  // namespace
}  // namespace inferscale
