#include "cli/manual_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace inferscale::cli {
namespace {

/// Text as man's macros print it: '-' is typed as it stands, and no line begins with a request.
std::string roff(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += (safe.empty() || safe.back() == '\n') && (c == '.' || c == '\'') ? std::string("\\&") + c
                                                                               : std::string(1, c);
    }
  }
  return safe;
}

std::string heading(const OptionReference& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
  }
  const bool shows_value = !option.positional && !option.value.empty();
  return fmt::format("{}{}", fmt::join(names, ", "),
                     shows_value ? fmt::format(" \\fI{}\\fR", roff(option.value)) : std::string());
}

std::string options_text(const CommandReference& command) {
  std::string text;
  for (const OptionReference& option : command.options) {
    const std::string otherwise =
        option.otherwise.empty() ? std::string() : fmt::format(" Default: {}.", roff(option.otherwise));
    text += fmt::format(".TP\n{}\n{}{}\n", heading(option), roff(option.help), otherwise);
  }
  return text;
}

std::string command_text(const CommandReference& command) {
  std::string text =
      fmt::format(".SS \"inferscale {}\"\n{}.\n", fmt::join(command.path, " "), roff(command.summary));
  text += options_text(command);
  return command.footer.empty() ? text : text + ".PP\n" + roff(command.footer) + "\n";
}

}  // namespace

std::string manual_page(const CommandReference& top, std::string_view version) {
  std::string text = fmt::format(
      ".\\\" Made by 'inferscale help --man'.\n.TH INFERSCALE 1 \"\" \"inferscale {0}\" \"User Commands\"\n"
      ".SH NAME\ninferscale \\- measures which inference runtime should serve a transformer\n"
      ".SH SYNOPSIS\n.B inferscale\n.I COMMAND\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n{1}\n",
      roff(version), roff(top.summary));
  text += options_text(top) + ".SH COMMANDS\n";
  for (const CommandReference* command : all_commands(top)) {
    text += command->path.empty() ? std::string() : command_text(*command);
  }
  return text + ".SH EXIT STATUS\n" + roff(top.footer) +
         "\n.SH ENVIRONMENT\n.TP\n\\fBINFERSCALE_WORKER_PATH\\fR\nFolders, with ':' between, in which "
         "workers are "
         "looked for too.\n";
}

}  // namespace inferscale::cli
