#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_scripts.hpp"

namespace inferscale::cli {
namespace {

constexpr const char* kHead = R"(# bash completion of inferscale, made by 'inferscale completion bash'
_inferscale() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= words= files= i
  # bash splits --option=value at the '='
  if [[ $cur == "=" ]]; then cur=; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/${COMP_WORDS[i]}" in
)";

constexpr const char* kMiddle = R"(path="$path/${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path:$prev" in
)";

constexpr const char* kTail = R"(      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\n'
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -F _inferscale inferscale
)";

std::string path_of(const CommandReference& command) {
  return command.path.empty() ? std::string() : fmt::format("/{}", fmt::join(command.path, "/"));
}

/// What may stand where a value is expected.
std::string value_case(const std::string& path, const OptionReference& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) {
    patterns.push_back(fmt::format("{}:{}", path, name));
  }
  return fmt::format("    {}) words=\"{}\"{} ;;\n", fmt::join(patterns, "|"),
                     fmt::join(option.choices(), " "), option.takes_a_path() ? " files=1" : "");
}

/// What may stand where a word is expected that is no option's value.
std::string words_case(const CommandReference& command) {
  std::vector<std::string> words;
  bool files = false;
  for (const CommandReference& below : command.commands) {
    words.push_back(below.name());
  }
  for (const OptionReference& option : command.options) {
    if (!option.positional) {
      words.insert(words.end(), option.names.begin(), option.names.end());
      continue;
    }
    const auto choices = option.choices();
    words.insert(words.end(), choices.begin(), choices.end());
    files = files || option.takes_a_path();
  }
  return fmt::format("        \"{}\") words=\"{}\"{} ;;\n", path_of(command), fmt::join(words, " "),
                     files ? " files=1" : "");
}

}  // namespace

std::string bash_completion(const CommandReference& top) {
  std::vector<std::string> paths;
  std::string values;
  std::string words;
  for (const CommandReference* command : all_commands(top)) {
    if (!command->path.empty()) {
      paths.push_back(path_of(*command));
    }
    for (const OptionReference& option : command->options) {
      if (!option.positional && !option.value.empty()) {
        values += value_case(path_of(*command), option);
      }
    }
    words += words_case(*command);
  }
  return fmt::format("{}      {}) {}{}    *)\n      case \"$path\" in\n{}{}", kHead, fmt::join(paths, "|"),
                     kMiddle, values, words, kTail);
}

}  // namespace inferscale::cli
