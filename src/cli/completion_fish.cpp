#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.hpp"

namespace inferscale::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      safe += '\\';
    }
    safe += c == '\n' ? ' ' : c;
  }
  return safe + "'";
}

/// True where the words so far are of this command, and of none below it.
std::string condition(const CommandReference& command) {
  std::vector<std::string> seen;
  for (const std::string& name : command.path) {
    seen.push_back(fmt::format("__fish_seen_subcommand_from {}", name));
  }
  std::vector<std::string> below;
  for (const CommandReference& one : command.commands) {
    below.push_back(one.name());
  }
  if (!below.empty()) {
    seen.push_back(fmt::format("not __fish_seen_subcommand_from {}", fmt::join(below, " ")));
  }
  return quoted(fmt::format("{}", fmt::join(seen, "; and ")));
}

std::string values_of(const OptionReference& option) {
  const auto choices = option.choices();
  return !choices.empty()        ? " -x -a " + quoted(fmt::format("{}", fmt::join(choices, " ")))
         : option.takes_a_path() ? " -r -F"
                                 : " -x";
}

std::string option_line(const std::string& where, const OptionReference& option) {
  std::string line = fmt::format("complete -c inferscale -n {}", where);
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return line + (option.value.empty() ? "" : values_of(option)) + " -d " + quoted(option.help) + "\n";
}

std::string positional_line(const std::string& where, const OptionReference& option) {
  const auto choices = option.choices();
  return !choices.empty()        ? fmt::format("complete -c inferscale -n {} -a {}\n", where,
                                               quoted(fmt::format("{}", fmt::join(choices, " "))))
         : option.takes_a_path() ? fmt::format("complete -c inferscale -n {} -F\n", where)
                                 : std::string();
}

}  // namespace

std::string fish_completion(const CommandReference& top) {
  std::string text =
      "# fish completion of inferscale, made by 'inferscale completion fish'\ncomplete -c inferscale -f\n";
  for (const CommandReference* command : all_commands(top)) {
    const std::string where = condition(*command);
    for (const CommandReference& below : command->commands) {
      text += fmt::format("complete -c inferscale -n {} -a {} -d {}\n", where, below.name(),
                          quoted(below.summary));
    }
    for (const OptionReference& option : command->options) {
      text += option.positional ? positional_line(where, option) : option_line(where, option);
    }
  }
  return text;
}

}  // namespace inferscale::cli
