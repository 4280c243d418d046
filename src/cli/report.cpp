#include <cstdio>
#include <memory>
#include <system_error>

#include "cli/commands.hpp"
#include "core/json.hpp"
#include "report/report.hpp"
#include "study/manifest_renewal.hpp"
#include "terminal/indifference_option.hpp"
#include "terminal/metric_option.hpp"
#include "terminal/quantities.hpp"

namespace inferscale::cli {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  std::vector<std::string> folders, prices;
  std::string out, metric, indifference;
  bool with_plots = true, json = false;
};

/// "results/laptop/" as "results/laptop", so that it has a name.
fs::path plain(const fs::path& folder) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(folder, ignored).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

/// "results/laptop" and "results/server": "results/report-laptop-server". A report on several belongs to none
/// of them, and must not take the place of the first one's own.
fs::path out_beside(const std::vector<fs::path>& folders) {
  std::string name = "report";
  for (const fs::path& folder : folders) {
    name += "-" + plain(folder).filename().string();
  }
  const fs::path beside = plain(folders.front()).parent_path() / name;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return error || folders.front().is_absolute() ? beside : beside.lexically_proximate(here);
}

Result<int> run_report(const ReportArguments& arguments) {
  const std::vector<fs::path> folders(arguments.folders.begin(), arguments.folders.end());
  report::ReportOptions options{arguments.with_plots, arguments.out, {}, nullptr, {}};
  TRY_ASSIGN(options.indifference, terminal::parse_indifference_option(arguments.indifference));
  TRY_ASSIGN(options.metric, terminal::parse_metric_option(arguments.metric));
  TRY_ASSIGN(options.cost_per_hour, terminal::parse_prices(arguments.prices));
  if (folders.size() > 1 && options.out.empty()) {
    options.out = out_beside(folders);
  }
  const study::ManifestRenewal manifest(folders.front());
  TRY_ASSIGN(const report::ReportFiles files, folders.size() == 1 ? write_report(folders.front(), options)
                                                                  : write_machines_report(folders, options));
  if (options.out.empty()) {
    TRY(manifest.finish());
  }
  if (arguments.json) {
    fmt::print("{}", to_pretty(Json{{"html", files.page.string()}, {"markdown", files.text.string()}}));
  } else {
    fmt::print("{}\n{}\n", files.page.string(), files.text.string());
  }
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("report", "Write report.md and report.html from a study's results");
  auto arguments = std::make_shared<ReportArguments>();
  command
      ->add_option("dir", arguments->folders,
                   "Results folder, such as results/quick; several, one a machine, make one report on all")
      ->required()
      ->type_name("DIR...");
  command
      ->add_option("--out", arguments->out,
                   "Folder of the report; default: DIR, or report-NAME-NAME beside the first of several")
      ->type_name("FOLDER");
  command->add_flag("--with-plots,!--no-plots", arguments->with_plots,
                    "Draw plots with gnuplot (the default)");
  terminal::add_metric_option(*command, arguments->metric);
  terminal::add_indifference_option(*command, arguments->indifference);
  command
      ->add_option("--cost-per-hour", arguments->prices,
                   "Price of an hour by backend (or machine/backend): the report has the price of tokens")
      ->delimiter(',')
      ->type_name("BACKEND=PRICE,...");
  command->add_flag("--json", arguments->json, "The files' paths as JSON");
  command->footer("docs/reference/report.md says what each part means.");
  command->callback([arguments, &exit_code] {
    const auto result = run_report(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
