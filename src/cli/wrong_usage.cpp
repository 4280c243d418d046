#include "cli/wrong_usage.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/suggestion.hpp"

namespace inferscale::cli {
namespace {

/// The innermost command that was named: its --help is the one to point to.
const CLI::App& named_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : named_command(*chosen.front());
}

std::string command_path(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : command_path(*parent) + " " + command.get_name();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// For the first word that no command expected.
std::string suggestion(const CLI::App& app) {
  const auto unexpected = app.remaining(true);
  if (unexpected.empty()) {
    return {};
  }
  const std::string word = unexpected.front().substr(0, unexpected.front().find('='));
  const CLI::App& command = named_command(app);
  if (word.starts_with("--")) {
    return did_you_mean(word, option_names(command));
  }
  return &command == &app ? did_you_mean(word, command_names(app)) : std::string();
}

/// CLI11's "--label: At Most 1 required but received 2" as people say it; else its own words.
std::string words_of(const CLI::ParseError& wrong) {
  const std::string text = wrong.what();
  constexpr std::string_view kTwice = ": At Most 1 required but received ";
  const auto at = text.find(kTwice);
  return at == std::string::npos ? text
                                 : fmt::format("{} is given {} times: give it once", text.substr(0, at),
                                               text.substr(at + kTwice.size()));
}

}  // namespace

std::string wrong_usage_text(const CLI::App& app, const CLI::ParseError& wrong) {
  const auto help = command_path(named_command(app));
  const auto* unexpected = dynamic_cast<const CLI::ExtrasError*>(&wrong);
  const auto guess = unexpected == nullptr ? std::string() : suggestion(app);
  return guess.empty() ? fmt::format("{}; see '{} --help'", words_of(wrong), help)
                       : fmt::format("{}{} See '{} --help'", wrong.what(), guess, help);
}

}  // namespace inferscale::cli
