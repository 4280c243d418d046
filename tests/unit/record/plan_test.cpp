#include "record/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

using ::testing::HasSubstr;

Json small_json() {
  return to_json(test::small_plan());
}

TEST(Plan, ComesBackFromItsJson) {
  Plan plan = test::small_plan();
  plan.scenarios.push_back({"wide", 32, 64});
  plan.backend_options["onnxruntime-cpu"] = {{"arena", false}};
  plan.device = "cpu";
  plan.logits = LogitsScope::last;
  plan.seed = 18446744073709551615U;
  const auto parsed = parse_plan(to_json(plan), "plan.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(to_json(*parsed), to_json(plan));
  EXPECT_EQ(parsed->scenarios.back(), (Scenario{"wide", 32, 64}));
}

TEST(Plan, NeedsOnlyModelsAndBackends) {
  const auto plan = parse_plan(*parse_json(R"({"models": ["gpt2"], "backends": ["null"]})", "p"), "p");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->scenarios, builtin_scenarios());
  EXPECT_EQ(plan->modes, (std::vector<Mode>{Mode::prefill, Mode::generate}));
  EXPECT_EQ(plan->repetitions, 5);
  EXPECT_EQ(plan->timeout_s, 180);
}

struct BadField {
  const char* field;
  const char* value;  // JSON
  const char* complaint;
};

TEST(Plan, RefusesWrongFieldsAndNamesThem) {
  const std::vector<BadField> cases{
      {"models", "[]", "'models'"},
      {"models", "\"gpt2\"", "'models'"},
      {"models", "[\"gpt2\", \"gpt2\"]", "'gpt2' twice"},
      {"backends", "[\"\"]", "'backends'"},
      {"backends", "[1]", "'backends'"},
      {"scenarios", "[\"single_mikro\"]", "scenarios[0]"},
      {"scenarios", "{}", "scenarios"},
      {"scenarios", R"([{"name": "x", "batch": 1}])", "'prompt_tokens' is missing"},
      {"scenarios", R"([{"name": "x", "batch": 0, "prompt_tokens": 4}])", "'batch'"},
      {"scenarios", "[null]", "scenarios[0]"},
      {"modes", "[\"train\"]", "modes"},
      {"modes", "[\"prefill\", \"prefill\"]", "'modes'"},
      {"repetitions", "0", "'repetitions'"},
      {"repetitions", "1e3", "'repetitions'"},
      {"repetitions", "99999999999999999999", "'repetitions'"},
      {"new_tokens", "0", "'new_tokens'"},
      {"warmup_iterations", "-1", "'warmup_iterations'"},
      {"stop", R"({"max_s": -1})", "stop.max_s"},
      {"stop", R"({"max_seconds": 1})", "unknown field 'max_seconds'"},
      {"stop", R"({"min_iterations": 10, "max_iterations": 5})", "stop.max_iterations"},
      {"stop", "[]", "stop"},
      {"logits", "\"some\"", "logits"},
      {"device", "\"tpu\"", "'device'"},
      {"threads", "-1", "'threads'"},
      {"timeout_s", "0", "'timeout_s'"},
      {"seed", "-1", "'seed'"},
      {"backend_options", "[]", "backend_options"},
      {"backend_options", R"({"null": 1})", "'null'"},
      {"label", "\"../elsewhere\"", "'label'"},
      {"label", "\".hidden\"", "'label'"},
      {"label", "\"-x\"", "'label'"},
      {"schema_version", "2", "schema_version"},
      {"repetition", "5", "unknown field 'repetition'"},
  };
  for (const auto& bad : cases) {
    Json json = small_json();
    json[bad.field] = *parse_json(bad.value, "value");
    const auto parsed = parse_plan(json, "my-plan.json");
    ASSERT_FALSE(parsed) << bad.field << " = " << bad.value;
    EXPECT_THAT(parsed.error().message, HasSubstr("my-plan.json")) << bad.value;
    EXPECT_THAT(parsed.error().message, HasSubstr(bad.complaint)) << bad.value;
  }
}

TEST(Plan, RefusesMoreRowsThanAStudyCanHold) {
  Json json = small_json();
  json["repetitions"] = 10000;
  for (int i = 0; i < 20; ++i) {
    json["models"].push_back("gpt2:layers=" + std::to_string(i + 1) + ",hidden=64,heads=2");
  }
  const auto parsed = parse_plan(json, "p");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("1760000 repetitions"));
}

TEST(Resume, TakesTheSamePlanAndOneThatOnlyAdds) {
  const Plan stored = test::small_plan();
  EXPECT_TRUE(check_resumable(stored, stored, "plan.json"));
  Plan wider = stored;
  wider.models.insert(wider.models.begin(), "gpt2");
  wider.modes.push_back(Mode::decode);
  wider.repetitions = 5;
  wider.timeout_s = 20;
  EXPECT_TRUE(check_resumable(stored, wider, "plan.json"));
}

TEST(Resume, RefusesAnotherPlanAndNamesTheField) {
  const Plan stored = test::small_plan();
  const auto expect_refused = [&](const char* field, auto change) {
    Plan wanted = stored;
    change(wanted);
    const auto result = check_resumable(stored, wanted, "results/small/plan.json");
    ASSERT_FALSE(result) << field;
    EXPECT_TRUE(result.error().usage);
    EXPECT_THAT(result.error().message, HasSubstr(std::string("field '") + field + "'"));
    EXPECT_THAT(result.error().message, HasSubstr("results/small/plan.json"));
  };
  expect_refused("seed", [](Plan& plan) { plan.seed = 5; });
  expect_refused("repetitions", [](Plan& plan) { plan.repetitions = 2; });
  expect_refused("models", [](Plan& plan) { plan.models.pop_back(); });
  expect_refused("logits", [](Plan& plan) { plan.logits = LogitsScope::last; });
  expect_refused("stop", [](Plan& plan) { plan.stop.max_s = 9; });
  expect_refused("threads", [](Plan& plan) { plan.threads = 1; });
  expect_refused("share_workers", [](Plan& plan) { plan.share_workers = true; });
  expect_refused("scenarios", [](Plan& plan) { plan.scenarios[0].batch = 2; });
  expect_refused("backend_options", [](Plan& plan) { plan.backend_options["null"] = {{"x", 1}}; });
}

}  // namespace
}  // namespace inferscale::record
