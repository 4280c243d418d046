#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.hpp"

namespace inferscale::cli {
namespace {

/// For what stands between single quotes in a specification of _arguments.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'') {
      safe += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      safe += std::string("\\") + c;
    } else {
      safe += c == '\n' ? ' ' : c;
    }
  }
  return safe;
}

std::string action_of(const OptionReference& option) {
  const auto choices = option.choices();
  return !choices.empty()        ? fmt::format("({})", fmt::join(choices, " "))
         : option.takes_a_path() ? "_files"
                                 : "";
}

std::string specification(const OptionReference& option, const std::string& name) {
  std::string others = fmt::format("({})", fmt::join(option.names, " "));
  if (option.repeatable) {
    others = "*";
  }
  if (option.value.empty()) {
    return fmt::format("    '{}{}[{}]'", others, name, escaped(option.help));
  }
  return fmt::format("    '{}{}{}[{}]:{}:{}'", others, name, name.starts_with("--") ? "=" : "",
                     escaped(option.help), escaped(option.value), action_of(option));
}

std::string function_of(const CommandReference& command) {
  return command.path.empty() ? "_inferscale" : fmt::format("_inferscale_{}", fmt::join(command.path, "_"));
}

std::string list_of_commands(const CommandReference& command) {
  std::string text = "  commands=(\n";
  for (const CommandReference& below : command.commands) {
    text += fmt::format("    '{}:{}'\n", below.name(), escaped(below.summary));
  }
  return text + "  )\n";
}

constexpr const char* kDispatch = R"(  case $state in
    command) _describe command commands ;;
    arguments) (( $+functions[{0}_$line[1]] )) && {0}_$line[1] ;;
  esac
)";

std::string function_text(const CommandReference& command) {
  std::vector<std::string> lines;
  for (const OptionReference& option : command.options) {
    if (option.positional) {
      lines.push_back(fmt::format("    '{}:{}:{}'", option.repeatable ? "*" : "",
                                  escaped(option.names.front()), action_of(option)));
      continue;
    }
    for (const std::string& name : option.names) {
      lines.push_back(specification(option, name));
    }
  }
  std::string body;
  if (!command.commands.empty()) {
    lines.emplace_back("    '1: :->command'");
    lines.emplace_back("    '*:: :->arguments'");
    body = fmt::format(fmt::runtime(kDispatch), function_of(command));
  }
  return fmt::format("{}() {{\n  local state line\n  local -a commands\n{}  _arguments{} \\\n{}\n{}}}\n\n",
                     function_of(command), command.commands.empty() ? "" : list_of_commands(command),
                     command.commands.empty() ? "" : " -C", fmt::join(lines, " \\\n"), body);
}

}  // namespace

std::string zsh_completion(const CommandReference& top) {
  std::string text =
      "#compdef inferscale\n# zsh completion of inferscale, made by 'inferscale completion zsh'\n\n";
  for (const CommandReference* command : all_commands(top)) {
    text += function_text(*command);
  }
  // Sourced it registers itself; found in $fpath it is called.
  return text +
         "if [[ $funcstack[1] == _inferscale ]]; then\n  _inferscale \"$@\"\nelse\n  compdef _inferscale "
         "inferscale\nfi\n";
}

}  // namespace inferscale::cli
