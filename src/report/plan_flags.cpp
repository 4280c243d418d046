#include "report/plan_flags.hpp"

#include <algorithm>

#include "protocol/modes/descriptor.hpp"
#include "report/command_words.hpp"
#include "report/sections.hpp"

namespace inferscale::report {
namespace {

std::string logits_flag(const record::Plan& plan) {
  return plan.logits == record::Plan().logits ? "" : fmt::format(" --logits {}", to_string(plan.logits));
}

/// A scenario that has a number of its own needs none.
std::string new_tokens_flag(const record::Plan& plan, protocol::Mode mode, bool scenario_has_own) {
  const bool said = !protocol::descriptor(mode).makes_tokens || scenario_has_own ||
                    plan.new_tokens == record::Plan().new_tokens;
  return said ? "" : fmt::format(" --new-tokens {}", plan.new_tokens);
}

/// A plan that names none has the built-in ones.
const std::vector<protocol::Scenario>& scenarios_of(const record::Plan& plan) {
  return plan.scenarios.empty() ? protocol::builtin_scenarios() : plan.scenarios;
}

std::string threads_flag(const record::Plan& plan, const Json& environment) {
  const bool usual = plan.threads == record::Plan().threads ||
                     number_at(environment, "physical_cores") == static_cast<double>(plan.threads);
  return usual ? "" : fmt::format(" --threads {}", plan.threads);
}

const protocol::Scenario& benched_scenario(const record::Plan& plan) {
  const auto& all = scenarios_of(plan);
  const auto usual = std::find_if(all.begin(), all.end(), [](const auto& one) {
    return scenario_word(one) == protocol::kDefaultScenario;
  });
  return usual == all.end() ? all.front() : *usual;
}

}  // namespace

std::string seed_flag(const record::Plan& plan) {
  return plan.seed == record::Plan().seed ? "" : fmt::format(" --seed {}", plan.seed);
}

std::string build_flags(const record::Plan& plan, protocol::Mode mode) {
  const auto& all = scenarios_of(plan);
  std::string scenarios;
  for (const protocol::Scenario& one : all) {
    scenarios += (scenarios.empty() ? "" : ",") + scenario_word(one);
  }
  const bool all_have_own =
      std::all_of(all.begin(), all.end(), [](const auto& one) { return one.new_tokens > 0; });
  return (all == protocol::builtin_scenarios() ? "" : " --scenarios " + shell_word(scenarios)) +
         logits_flag(plan) + new_tokens_flag(plan, mode, all_have_own) + seed_flag(plan);
}

std::string bench_flags(const record::Plan& plan, protocol::Mode mode, const Json& environment) {
  const protocol::Scenario& scenario = benched_scenario(plan);
  const std::string word = scenario_word(scenario);
  const bool own = scenario.new_tokens > 0;
  return (word == protocol::kDefaultScenario ? "" : " --scenario " + shell_word(word)) + logits_flag(plan) +
         new_tokens_flag(plan, mode, own) + seed_flag(plan) + threads_flag(plan, environment);
}

}  // namespace inferscale::report
