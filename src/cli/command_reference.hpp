#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace inferscale::cli {

/// An option or a positional, as its command declared it.
struct OptionReference {
  std::vector<std::string> names;  ///< "--out", "-o"; a positional has one, without dashes
  std::string value;               ///< what stands for its value: "FOLDER"; empty: a flag
  std::string help;
  std::string otherwise;  ///< its default; empty: none
  bool positional = false;
  bool repeatable = false;

  /// "cpu|cuda" as {"cpu", "cuda"}, and all names where it is a BACKEND, METRIC, MODE, PRESET or SCENARIO;
  /// empty where the value is free.
  [[nodiscard]] std::vector<std::string> choices() const;
  [[nodiscard]] bool takes_a_path() const;
};

/// A command, read from its declaration: what shell completion, `help` and the manual page are made of.
struct CommandReference {
  std::vector<std::string> path;  ///< of names: {"artifacts", "list"}; empty: the program
  std::string summary, footer;
  std::vector<OptionReference> options;  ///< in the order of the declaration
  std::vector<CommandReference> commands;

  [[nodiscard]] std::string name() const { return path.empty() ? std::string() : path.back(); }
};

CommandReference reference_of(const CLI::App& app);

/// The command itself and all below it, each before what it holds.
std::vector<const CommandReference*> all_commands(const CommandReference& top);

}  // namespace inferscale::cli
