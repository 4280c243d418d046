#include "protocol/scenario.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/suggestion.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {
namespace {

constexpr int kMaxBatch = 4096;
constexpr int kMaxTokens = 1 << 20;  // of a prompt, or new

std::optional<int> parse_positive(std::string_view text, int maximum) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > maximum) {
    return std::nullopt;
  }
  return value;
}

std::string_view without_outer_spaces(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& scenario : builtin_scenarios()) {
    names.push_back(scenario.name);
  }
  return names;
}

}  // namespace

const std::vector<Scenario>& builtin_scenarios() {
  static const std::vector<Scenario> scenarios{
      {"single_micro", 1, 8}, {"single_short", 1, 11}, {"single_medium", 1, 19},
      {"single_long", 1, 27}, {"batch_short", 4, 11},  {"batch_medium", 4, 19},
  };
  return scenarios;
}

bool is_builtin(const Scenario& scenario) {
  const auto& builtin = builtin_scenarios();
  return std::find(builtin.begin(), builtin.end(), scenario) != builtin.end();
}

std::string scenario_word(const Scenario& scenario) {
  if (is_builtin(scenario)) {
    return scenario.name;
  }
  return fmt::format("{}:batch={},prompt={}{}", scenario.name, scenario.batch, scenario.prompt_tokens,
                     scenario.new_tokens == 0 ? "" : fmt::format(",new={}", scenario.new_tokens));
}

Result<Scenario> parse_scenario(std::string_view text) {
  for (const auto& scenario : builtin_scenarios()) {
    if (scenario.name == text) {
      return scenario;
    }
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto names = builtin_names();
    const auto guess = did_you_mean(text, names);
    return fail_usage("unknown scenario '{}'{} {}, or NAME:batch=B,prompt=P[,new=N]", text,
                      guess.empty() ? ": give one of" : guess + " Give one of", fmt::join(names, ", "));
  }
  Scenario scenario{std::string(text.substr(0, colon)), 0, 0, 0};
  std::string_view rest = text.substr(colon + 1);
  while (!rest.empty()) {
    const auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const auto equals = item.find('=');
    const auto key = item.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    int* field = key == "batch"    ? &scenario.batch
                 : key == "prompt" ? &scenario.prompt_tokens
                 : key == "new"    ? &scenario.new_tokens
                                   : nullptr;
    const auto number = parse_positive(value, key == "batch" ? kMaxBatch : kMaxTokens);
    if (field == nullptr || !number) {
      return fail_usage("scenario '{}': '{}' is not batch=B of 1 to {}, or prompt=P or new=N of 1 to {}",
                        text, item, kMaxBatch, kMaxTokens);
    }
    if (*field != 0) {
      return fail_usage("scenario '{}': {} is given twice: give it once", text, key);
    }
    *field = *number;
  }
  if (scenario.name.empty() || scenario.batch == 0 || scenario.prompt_tokens == 0) {
    return fail_usage("scenario '{}': give it as NAME:batch=B,prompt=P[,new=N]", text);
  }
  return scenario;
}

Result<std::vector<Scenario>> parse_scenarios(std::string_view list) {
  std::vector<Scenario> scenarios;
  while (true) {
    // "prompt=19" goes on with the scenario before it.
    auto end = list.find(',');
    while (end != std::string_view::npos) {
      const auto next = list.substr(end + 1, list.find(',', end + 1) - end - 1);
      if (next.find('=') == std::string_view::npos || next.find(':') != std::string_view::npos) {
        break;
      }
      end = list.find(',', end + 1);
    }
    TRY_ASSIGN(Scenario scenario, parse_scenario(without_outer_spaces(list.substr(0, end))));
    scenarios.push_back(std::move(scenario));
    if (end == std::string_view::npos) {
      return scenarios;
    }
    list.remove_prefix(end + 1);
  }
}

int new_tokens_of(const Scenario& scenario, int otherwise) {
  return scenario.new_tokens > 0 ? scenario.new_tokens : otherwise;
}

long counted_tokens(const Scenario& scenario, Mode mode, int new_tokens) {
  return descriptor(mode).counted_tokens(scenario, new_tokens);
}

}  // namespace inferscale::protocol
