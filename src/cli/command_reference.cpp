#include "cli/command_reference.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "protocol/modes/descriptor.hpp"
#include "record/catalog.hpp"
#include "record/metrics.hpp"
#include "record/plan.hpp"

namespace inferscale::cli {
namespace {

/// CLI11 names a value after its C++ type where the declaration gives no word.
std::string value_of(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 ? std::string() : option.get_type_name();
}

OptionReference reference_of(const CLI::Option& option) {
  OptionReference reference;
  for (const std::string& name : option.get_lnames()) {
    reference.names.push_back("--" + name);
  }
  for (const std::string& name : option.get_snames()) {
    reference.names.push_back("-" + name);
  }
  reference.positional = reference.names.empty();
  if (reference.positional) {
    reference.names.push_back(option.get_name(true));
  }
  reference.value = value_of(option);
  reference.help = option.get_description();
  reference.otherwise = option.get_default_str();
  reference.repeatable = option.get_items_expected_max() > 1;
  return reference;
}

CommandReference reference_below(const CLI::App& app, const std::vector<std::string>& path) {
  CommandReference reference;
  reference.path = path;
  reference.summary = app.get_description();
  reference.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    reference.options.push_back(reference_of(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    auto below = path;
    below.push_back(command->get_name());
    reference.commands.push_back(reference_below(*command, below));
  }
  return reference;
}

/// Those that a word of a declaration stands for.
std::vector<std::string> names_of(std::string_view word) {
  std::vector<std::string> names;
  if (word == "BACKEND") {
    for (const record::KnownBackend& known : record::known_backends()) {
      names.push_back(known.info.name);
    }
  } else if (word == "METRIC") {
    for (const record::Metric& metric : record::kMetrics) {
      names.emplace_back(metric.name);
    }
  } else if (word == "MODE") {
    for (const protocol::ModeDescriptor* mode : protocol::modes()) {
      names.emplace_back(to_string(mode->id));
    }
  } else if (word == "SCENARIO") {
    for (const protocol::Scenario& scenario : protocol::builtin_scenarios()) {
      names.push_back(scenario.name);
    }
  }
  return word == "PRESET" ? record::preset_names() : names;
}

void collect(const CommandReference& command, std::vector<const CommandReference*>& all) {
  all.push_back(&command);
  for (const CommandReference& below : command.commands) {
    collect(below, all);
  }
}

}  // namespace

std::vector<std::string> OptionReference::choices() const {
  std::vector<std::string> all;
  if (value.find('|') == std::string::npos) {
    return names_of(value);
  }
  for (std::size_t begin = 0; begin <= value.size();) {
    const auto end = std::min(value.find('|', begin), value.size());
    all.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

bool OptionReference::takes_a_path() const {
  constexpr std::array<std::string_view, 6> kPaths{"FOLDER", "FILE", "DIR", "BASE", "NEW", "PATH"};
  const auto is_path = [&](std::string_view word) {
    return std::find(kPaths.begin(), kPaths.end(), word) != kPaths.end();
  };
  return positional || is_path(value);
}

CommandReference reference_of(const CLI::App& app) {
  return reference_below(app, {});
}

std::vector<const CommandReference*> all_commands(const CommandReference& top) {
  std::vector<const CommandReference*> all;
  collect(top, all);
  return all;
}

}  // namespace inferscale::cli
