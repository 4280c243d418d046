#include <cstdio>
#include <memory>
#include <span>

#include "analysis/analysis.hpp"
#include "analysis/analysis_fields.hpp"
#include "analysis/derived.hpp"
#include "analysis/study_results.hpp"
#include "cli/commands.hpp"
#include "study/manifest_renewal.hpp"
#include "terminal/indifference_option.hpp"
#include "terminal/metric_option.hpp"
#include "terminal/print.hpp"
#include "terminal/quantities.hpp"

namespace inferscale::cli {
namespace {

struct AnalyzeArguments {
  std::string folder, baseline, metric, indifference;
  std::vector<std::string> prices;
  bool json = false;
};

Result<int> run_analyze(const AnalyzeArguments& arguments) {
  TRY_ASSIGN(const record::Metric* const metric, terminal::parse_metric_option(arguments.metric));
  TRY_ASSIGN(const std::optional<double> indifference,
             terminal::parse_indifference_option(arguments.indifference));
  TRY_ASSIGN(const analysis::Prices prices, terminal::parse_prices(arguments.prices));
  TRY_ASSIGN(const analysis::StudyResults results, analysis::load_study_results(arguments.folder));
  TRY(check_prices(std::span(&results, 1), prices));
  TRY_ASSIGN(const analysis::Analysis analysis,
             analyze(results.dataset, {arguments.baseline, {metric, prices, results.name}, indifference}));
  const study::ManifestRenewal manifest(results.folder);
  TRY(write_analysis(analysis, results.folder));
  TRY(write_derived(results, analysis, prices));
  TRY(manifest.finish());
  if (arguments.json) {
    fmt::print("{}", to_pretty(to_json(analysis)));
    return 0;
  }
  for (const std::string& notice : analysis.notices) {
    fmt::print(stderr, "inferscale: {}\n", notice);
  }
  for (const analysis::Decision& decision : analysis.decisions) {
    terminal::print("{}:\n", to_string(decision.mode));
    for (const analysis::DecisionLine& band : decision.bands) {
      terminal::print("  {}\n", band.why);
    }
  }
  terminal::print("{}\n", (results.folder / "processed").string());
  return 0;
}

}  // namespace

void add_analyze_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("analyze", "Recompute intervals, comparisons and crossovers from a study's rows");
  auto arguments = std::make_shared<AnalyzeArguments>();
  command->add_option("dir", arguments->folder, "Results folder, such as results/quick")
      ->required()
      ->type_name("DIR");
  command->add_option("--baseline", arguments->baseline, "Backend that scaling compares with")
      ->type_name("BACKEND");
  terminal::add_metric_option(*command, arguments->metric);
  terminal::add_indifference_option(*command, arguments->indifference);
  command
      ->add_option("--cost-per-hour", arguments->prices,
                   "Price of an hour by backend: cost.json and cost.csv then have the price of tokens")
      ->delimiter(',')
      ->type_name("BACKEND=PRICE,...");
  command->add_flag("--json", arguments->json, "Print the whole analysis as JSON");
  command->callback([arguments, &exit_code] {
    const auto result = run_analyze(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
