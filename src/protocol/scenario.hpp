#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "protocol/modes/mode.hpp"

namespace inferscale::protocol {

/// Batch size, prompt length and, where it is the scenario's own, how many tokens are made, under a name.
struct Scenario {
  std::string name;
  int batch = 1;
  int prompt_tokens = 1;
  int new_tokens = 0;  ///< of modes that make tokens; 0: the plan's
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

/// The six of TR118: single_micro .. batch_medium.
const std::vector<Scenario>& builtin_scenarios();
bool is_builtin(const Scenario& scenario);
/// The one that a command measures which takes one and is told none.
constexpr std::string_view kDefaultScenario = "single_medium";

/// The scenario's own, or else these.
int new_tokens_of(const Scenario& scenario, int otherwise);

/// A built-in name, or "name:batch=4,prompt=19", or the same with "new=64".
Result<Scenario> parse_scenario(std::string_view text);
/// What parse_scenario() reads as this.
std::string scenario_word(const Scenario& scenario);
/// "single_micro,wide:batch=4,prompt=19,batch_short" at the commas that are not inside a scenario.
Result<std::vector<Scenario>> parse_scenarios(std::string_view list);

/// Tokens that throughput_tok_s counts, as the mode's descriptor has it: prefill batch x prompt; generate
/// batch x (prompt + new), TR118's count; decode new tokens only.
long counted_tokens(const Scenario& scenario, Mode mode, int new_tokens);

}  // namespace inferscale::protocol
