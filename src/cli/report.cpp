#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "core/json.hpp"
#include "report/report.hpp"

namespace inferscale {
namespace {

struct ReportArguments {
  std::string folder;
  bool with_plots = true, json = false;
};

Result<int> run_report(const ReportArguments& arguments) {
  const std::filesystem::path folder = arguments.folder;
  TRY(write_report(folder, {arguments.with_plots}));
  const auto page = (folder / "report.html").string();
  const auto text = (folder / "report.md").string();
  if (arguments.json) {
    fmt::print("{}", to_pretty(Json{{"html", page}, {"markdown", text}}));
  } else {
    fmt::print("{}\n{}\n", page, text);
  }
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("report", "Write report.md and report.html from a study's results");
  auto arguments = std::make_shared<ReportArguments>();
  command->add_option("dir", arguments->folder, "Results folder, such as results/quick")
      ->required()
      ->type_name("DIR");
  command->add_flag("--with-plots,!--no-plots", arguments->with_plots,
                    "Draw plots with gnuplot (the default)");
  command->add_flag("--json", arguments->json, "The files' paths as JSON");
  command->footer("docs/report.md says what each part means.");
  command->callback([arguments, &exit_code] {
    const auto result = run_report(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale
