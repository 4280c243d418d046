#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/manual_page.hpp"
#include "core/suggestion.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {
namespace {

struct HelpArguments {
  std::vector<std::string> path;
  bool manual = false;
};

/// What `--help` prints of the command that these words lead to.
Result<std::string> help_of(const CLI::App& app, const std::vector<std::string>& path) {
  const CLI::App* command = &app;
  std::string before;
  for (const std::string& word : path) {
    const auto below = command->get_subcommands([](const CLI::App*) { return true; });
    const auto found = std::find_if(below.begin(), below.end(),
                                    [&](const CLI::App* one) { return one->get_name() == word; });
    if (found == below.end()) {
      std::vector<std::string> names;
      for (const CLI::App* one : below) {
        names.push_back(one->get_name());
      }
      return fail_usage("help: there is no command '{}'{}", word, did_you_mean(word, names));
    }
    before += (before.empty() ? "" : " ") + command->get_name();
    command = *found;
  }
  // The default formatter of the command alone: App::help() would describe the command that is being run,
  // which is this one.
  return command->get_formatter()->make_help(
      command, (before.empty() ? "" : before + " ") + command->get_name(), CLI::AppFormatMode::Normal);
}

Result<std::string> completion_of(const CLI::App& app, const std::string& shell) {
  const CommandReference reference = reference_of(app);
  if (shell == "bash") {
    return bash_completion(reference);
  }
  if (shell == "zsh") {
    return zsh_completion(reference);
  }
  if (shell == "fish") {
    return fish_completion(reference);
  }
  return fail_usage("completion: SHELL is bash, zsh or fish, not '{}'", shell);
}

int print_text(const Result<std::string>& text) {
  if (!text) {
    return report_error(text.error());
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

}  // namespace

void add_help_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("help", "Describe a command, as its --help does");
  auto arguments = std::make_shared<HelpArguments>();
  command->add_option("COMMAND", arguments->path, "The command; without it, all of them");
  command->add_flag("--man", arguments->manual, "Print the manual page of all commands, inferscale(1)");
  command->callback([&app, arguments, &exit_code] {
    exit_code =
        print_text(arguments->manual ? Result<std::string>(manual_page(reference_of(app), INFERSCALE_VERSION))
                                     : help_of(app, arguments->path));
  });
}

void add_completion_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("completion", "Print the script that completes commands in a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->type_name("bash|zsh|fish");
  command->footer(
      "bash: source <(inferscale completion bash). zsh: source <(inferscale completion zsh) after compinit. "
      "fish: inferscale completion fish | source. Packages put the scripts where the shells look.");
  command->callback([&app, shell, &exit_code] { exit_code = print_text(completion_of(app, *shell)); });
}

}  // namespace inferscale::cli
