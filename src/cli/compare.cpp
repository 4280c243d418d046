#include <cstdio>
#include <memory>

#include "analysis/compare_fields.hpp"
#include "analysis/quantity.hpp"
#include "cli/commands.hpp"
#include "terminal/metric_option.hpp"
#include "terminal/print.hpp"
#include "terminal/quantities.hpp"
#include "terminal/text_table.hpp"

namespace inferscale::cli {

using namespace analysis;

namespace {

constexpr const char* kNothing = "-";

std::string value_text(double value, int ok) {
  return ok > 0 ? number_text(value) : kNothing;
}

std::string interval_text(const RatioTest& test) {
  return test.ci95 ? fmt::format("{:.3f} to {:.3f}", test.ci95->low, test.ci95->high) : kNothing;
}

std::string p_text(const RatioTest& test) {
  if (!test.p_holm) {
    return kNothing;
  }
  return *test.p_holm < 0.001 ? "< 0.001" : fmt::format("{:.3f}", *test.p_holm);
}

std::string verdict_text(ChangeVerdict verdict) {
  return verdict == ChangeVerdict::not_comparable ? "not comparable" : std::string(to_string(verdict));
}

/// "tok/s", of what the first cell is compared by: modes may have metrics of their own.
std::string unit_of(const StudyComparison& comparison) {
  return std::string(comparison.cells.front().metric->unit);
}

std::string cells_table(const StudyComparison& comparison) {
  const std::string unit = unit_of(comparison);
  std::vector<std::vector<std::string>> rows;
  for (const CellChange& cell : comparison.cells) {
    const bool both = cell.base_outcomes.ok > 0 && cell.new_outcomes.ok > 0;
    rows.push_back({std::string(to_string(cell.mode)), cell.model, cell.backend, cell.scenario,
                    value_text(cell.base_value, cell.base_outcomes.ok),
                    value_text(cell.new_value, cell.new_outcomes.ok),
                    both ? fmt::format("{:.3f}", cell.test.ratio) : kNothing, interval_text(cell.test),
                    p_text(cell.test), verdict_text(cell.verdict), cell.note});
  }
  return terminal::text_table({{"mode", false},
                               {"model", false},
                               {"backend", false},
                               {"scenario", false},
                               {"BASE " + unit, true},
                               {"NEW " + unit, true},
                               {"NEW/BASE", true},
                               {"95% interval", false},
                               {"p (Holm)", true},
                               {"verdict", false},
                               {"", false}},
                              rows);
}

std::string totals_table(const StudyComparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const TotalChange& total : comparison.totals) {
    rows.push_back({std::string(to_string(total.mode)), total.backend, std::to_string(total.cells),
                    fmt::format("{:.3f}", total.test.ratio), interval_text(total.test), p_text(total.test),
                    verdict_text(total.verdict)});
  }
  return terminal::text_table({{"mode", false},
                               {"backend", false},
                               {"cells", true},
                               {"NEW/BASE", true},
                               {"95% interval", false},
                               {"p (Holm)", true},
                               {"verdict", false}},
                              rows);
}

void print_differences(const StudyComparison& comparison) {
  for (const EnvironmentDifference& difference : comparison.differences) {
    const auto shown = [](const std::string& text) { return text.empty() ? std::string("nothing") : text; };
    terminal::print("{}: {} in BASE, {} in NEW{}\n", difference.field, shown(difference.base),
                    shown(difference.now), difference.decides ? " (so speeds cannot be compared)" : "");
  }
  if (!comparison.differences.empty()) {
    terminal::print("\n");
  }
}

void print_comparison(const StudyComparison& comparison) {
  print_differences(comparison);
  terminal::print("{}", cells_table(comparison));
  if (!comparison.totals.empty()) {
    terminal::print(
        "\nAll cells of a backend together (the exit code goes by cells: docs/how-to/compare.md):\n{}",
        totals_table(comparison));
  }
  if (!comparison.unmatched.empty()) {
    terminal::print("\nNot compared:\n");
  }
  for (const UnmatchedCell& cell : comparison.unmatched) {
    terminal::print("{} {} {} {}: {}\n", to_string(cell.mode), cell.model, cell.backend, cell.scenario,
                    cell.reason);
  }
  if (!comparison.comparable) {
    terminal::print("\n{} cells, not comparable\n", comparison.cells.size());
    return;
  }
  terminal::print("\n{} cells: {} better, {} worse, {} same, {} undecided (threshold {:g}%)\n",
                  comparison.cells.size(), comparison.count(ChangeVerdict::better),
                  comparison.count(ChangeVerdict::worse), comparison.count(ChangeVerdict::same),
                  comparison.count(ChangeVerdict::undecided), 100 * comparison.threshold);
}

struct CompareArguments {
  std::string base, now, metric, threshold = "2%";
  bool json = false;
};

Result<int> run_compare(const CompareArguments& arguments) {
  CompareOptions options;
  TRY_ASSIGN(options.threshold, terminal::parse_share(arguments.threshold, "--threshold"));
  TRY_ASSIGN(options.metric, terminal::parse_metric_option(arguments.metric));
  if (options.metric != nullptr && options.metric->priced) {
    return fail_usage("--metric {}: compare has no prices; give a metric that rows have", arguments.metric);
  }
  TRY_ASSIGN(const StudyResults base, load_study_results(arguments.base));
  TRY_ASSIGN(const StudyResults now, load_study_results(arguments.now));
  TRY_ASSIGN(const StudyComparison comparison, compare_studies(base, now, options));
  if (arguments.json) {
    fmt::print("{}", to_pretty(to_json(comparison)));
  } else {
    print_comparison(comparison);
  }
  if (!comparison.comparable) {
    const EnvironmentDifference& first = comparison.differences.front();
    return fail_usage(
        "'{}' and '{}' cannot be compared: '{}' differs; measure both on one machine, with the same threads "
        "and plan",
        arguments.base, arguments.now, first.field);
  }
  return comparison.regressed() ? 1 : 0;
}

}  // namespace

void add_compare_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("compare", "Say cell by cell whether a second study is faster or slower");
  auto arguments = std::make_shared<CompareArguments>();
  command->add_option("base", arguments->base, "Results folder of before")->required()->type_name("BASE");
  command->add_option("new", arguments->now, "Results folder of after")->required()->type_name("NEW");
  command->add_option("--threshold", arguments->threshold, "Smaller changes count as none")
      ->capture_default_str()
      ->type_name("SHARE");
  terminal::add_metric_option(*command, arguments->metric);
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Exit codes: 0 no regression, 1 a cell is significantly slower than the threshold allows (or no longer "
      "works), 2 wrong usage, which includes studies of different machines, threads or plans, "
      "or without a cell in common. "
      "docs/how-to/compare.md says what each verdict means.");
  command->callback([arguments, &exit_code] {
    const auto result = run_compare(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
