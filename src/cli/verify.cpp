#include "analysis/verify.hpp"

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace analysis;

namespace {

struct VerifyArguments {
  std::string folder;
  VerifyOptions options;
  bool json = false;
};

void print_verification(const Verification& found) {
  for (const VerifyProblem& one : found.problems) {
    terminal::print("{}: {}\n", one.place, one.problem);
  }
  const std::string artifacts = found.artifacts + found.artifacts_not_there == 0
                                    ? std::string()
                                    : fmt::format(", {} artifacts ({} more are not on this machine)",
                                                  found.artifacts, found.artifacts_not_there);
  terminal::print("{}: {} files, {} rows{}: {}\n", found.folder, found.files, found.rows, artifacts,
                  found.problems.empty() ? std::string("all as the study left them")
                                         : fmt::format("{} problems", found.problems.size()));
}

Result<int> run_verify(const VerifyArguments& arguments) {
  TRY_ASSIGN(const Verification found, verify_results(arguments.folder, arguments.options));
  if (arguments.json) {
    fmt::print("{}", to_pretty(to_json(found)));
  } else {
    print_verification(found);
  }
  return found.problems.empty() ? 0 : 1;
}

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "verify", "Hold a results folder against its manifest, and its rows against themselves");
  auto arguments = std::make_shared<VerifyArguments>();
  command->add_option("dir", arguments->folder, "Results folder, such as results/quick")
      ->required()
      ->type_name("DIR");
  command->add_flag("--artifacts", arguments->options.artifacts,
                    "Weights, graphs and engines too, where they still lie where the study had them");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Exit codes: 0 all is as the study left it, 1 something was changed or contradicts itself, 2 wrong "
      "usage.");
  command->callback([arguments, &exit_code] {
    const auto result = run_verify(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
