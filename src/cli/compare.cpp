#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "analysis/compare_fields.hpp"
#include "analysis/compare_variants.hpp"
#include "analysis/quantity.hpp"
#include "cli/commands.hpp"
#include "report/wording.hpp"
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

bool changed(ChangeVerdict verdict) {
  return verdict == ChangeVerdict::better || verdict == ChangeVerdict::worse;
}

std::string cells_table(const StudyComparison& comparison, bool only_changed) {
  const std::string unit = unit_of(comparison);
  std::vector<std::vector<std::string>> rows;
  for (const CellChange& cell : comparison.cells) {
    if (only_changed && !changed(cell.verdict)) {
      continue;
    }
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

std::string cells_text(const StudyComparison& comparison) {
  return report::count_text(static_cast<long>(comparison.cells.size()), "cell");
}

void print_unmatched(const StudyComparison& comparison, bool only_changed) {
  const auto shown = [&](const UnmatchedCell& cell) { return cell.missing || !only_changed; };
  if (std::any_of(comparison.unmatched.begin(), comparison.unmatched.end(), shown)) {
    terminal::print("\nNot compared:\n");
  }
  for (const UnmatchedCell& cell : comparison.unmatched) {
    if (shown(cell)) {
      terminal::print("{} {} {} {}: {}{}\n", to_string(cell.mode), cell.model, cell.backend, cell.scenario,
                      cell.reason, cell.missing && !comparison.allow_missing ? " (counts as worse)" : "");
    }
  }
}

std::string percent(double share) {
  return fmt::format("{:.3g}%", 100 * share);
}

/// What the exit code means, in a sentence.
std::string answer_text(const StudyComparison& comparison) {
  const std::string where = comparison.totals_decide() ? "a backend" : "a cell";
  switch (comparison.answer()) {
    case CompareAnswer::no_regression:
      return fmt::format("no regression: a slowdown of {} of {} would have been seen",
                         percent(comparison.detect), where);
    case CompareAnswer::regression:
      return comparison.missing() > 0 && !comparison.allow_missing
                 ? fmt::format("regression: {} of BASE's cells vanished (--allow-missing lets them)",
                               comparison.missing())
                 : "regression";
    case CompareAnswer::inconclusive: {
      const auto smallest = comparison.smallest_change();
      constexpr double kBeyondUse = 10;  // eleven times as long: of two repetitions 1e44 comes out, too
      if (!smallest || *smallest > kBeyondUse) {
        return fmt::format(
            "inconclusive: nothing is worse, yet {} has too few repetitions to show a slowdown of any size: "
            "measure more",
            where);
      }
      const double enough = std::ceil(100 * *smallest);
      return fmt::format(
          "inconclusive: nothing is worse, yet the smallest slowdown that would have been seen everywhere is "
          "{}, "
          "and --detect asks for {}: measure more repetitions{}",
          percent(*smallest), percent(comparison.detect),
          enough < 100 ? fmt::format(", or give --detect {:.0f}%", enough) : std::string());
    }
    case CompareAnswer::not_comparable:
      break;
  }
  return "not comparable";
}

void print_comparison(const StudyComparison& comparison, bool only_changed) {
  print_differences(comparison);
  const bool any = std::any_of(comparison.cells.begin(), comparison.cells.end(),
                               [](const CellChange& cell) { return changed(cell.verdict); });
  if (any || !only_changed) {
    terminal::print("{}", cells_table(comparison, only_changed));
  }
  if (!comparison.totals.empty()) {
    terminal::print(
        "\nAll cells of a backend together{}:\n{}",
        comparison.totals_decide() ? "" : " (the exit code goes by cells: docs/how-to/compare.md)",
        totals_table(comparison));
  }
  print_unmatched(comparison, only_changed);
  if (!comparison.comparable) {
    terminal::print("\n{}, not comparable\n", cells_text(comparison));
    return;
  }
  terminal::print("\n{}: {} better, {} worse, {} same, {} undecided (threshold {:g}%)\n{}\n",
                  cells_text(comparison), comparison.count(ChangeVerdict::better),
                  comparison.count(ChangeVerdict::worse), comparison.count(ChangeVerdict::same),
                  comparison.count(ChangeVerdict::undecided), 100 * comparison.threshold,
                  answer_text(comparison));
}

int exit_code_of(CompareAnswer answer) {
  switch (answer) {
    case CompareAnswer::no_regression:
      return 0;
    case CompareAnswer::regression:
      return 1;
    case CompareAnswer::inconclusive:
      return kInconclusive;
    case CompareAnswer::not_comparable:
      break;
  }
  return 2;
}

struct CompareArguments {
  std::string base, now, variants, metric, threshold = "2%", detect;
  bool allow_missing = false, only_changed = false, json = false;
};

Result<StudyComparison> comparison_of(const CompareArguments& arguments, const CompareOptions& options) {
  if (arguments.variants.empty()) {
    if (arguments.now.empty()) {
      return fail_usage("compare: give two results folders, BASE and NEW, or --variants and one");
    }
    TRY_ASSIGN(const StudyResults base, load_study_results(arguments.base));
    TRY_ASSIGN(const StudyResults now, load_study_results(arguments.now));
    return compare_studies(base, now, options);
  }
  if (arguments.base.empty() != arguments.now.empty()) {
    return fail_usage("compare: --variants takes the names of two variants, or none");
  }
  TRY_ASSIGN(const StudyResults study, load_study_results(arguments.variants));
  TRY_ASSIGN(const VariantNames names, variants_to_compare(study, {arguments.base, arguments.now}));
  return compare_variants(study, names, options);
}

Result<int> run_compare(const CompareArguments& arguments) {
  CompareOptions options;
  TRY_ASSIGN(options.threshold, terminal::parse_share(arguments.threshold, "--threshold"));
  if (!arguments.detect.empty()) {
    TRY_ASSIGN(options.detect, terminal::parse_share(arguments.detect, "--detect"));
  }
  options.allow_missing = arguments.allow_missing;
  TRY_ASSIGN(options.metric, terminal::parse_metric_option(arguments.metric));
  if (options.metric != nullptr && options.metric->priced) {
    return fail_usage("--metric {}: compare has no prices; give a metric that rows have", arguments.metric);
  }
  TRY_ASSIGN(const StudyComparison comparison, comparison_of(arguments, options));
  if (arguments.json) {
    fmt::print("{}", to_pretty(to_json(comparison)));
  } else {
    print_comparison(comparison, arguments.only_changed);
  }
  if (!comparison.comparable) {
    const EnvironmentDifference& first = comparison.differences.front();
    return fail_usage(
        "'{}' and '{}' cannot be compared: '{}' differs; measure both on one machine, with the same threads "
        "and plan",
        arguments.base, arguments.now, first.field);
  }
  return exit_code_of(comparison.answer());
}

}  // namespace

void add_compare_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("compare", "Say cell by cell whether a second study is faster or slower");
  auto arguments = std::make_shared<CompareArguments>();
  command->add_option("base", arguments->base, "Results folder of before (or a variant)")->type_name("BASE");
  command->add_option("new", arguments->now, "Results folder of after (or a variant)")->type_name("NEW");
  command
      ->add_option(
          "--variants", arguments->variants,
          "Compare two variants of this results folder, which were measured side by side; BASE and NEW are "
          "their names, or left out")
      ->type_name("DIR");
  command->add_option("--threshold", arguments->threshold, "Smaller changes count as none")
      ->capture_default_str()
      ->type_name("SHARE");
  command
      ->add_option("--detect", arguments->detect,
                   "Exit 3, and not 0, where a slowdown of this size would have been missed (default: 10%, "
                   "with --variants 5%)")
      ->type_name("SHARE");
  command->add_flag("--allow-missing", arguments->allow_missing,
                    "Cells that worked in BASE and are not in NEW are no regression");
  command->add_flag("--only-changed", arguments->only_changed,
                    "Print only cells that are better or worse, or vanished");
  terminal::add_metric_option(*command, arguments->metric);
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Exit codes: 0 no regression, and enough precision to have seen one; 1 a cell is significantly slower "
      "than "
      "the threshold allows, no longer works or vanished; 2 wrong usage, which includes studies of different "
      "machines, threads or plans, or without a cell in common; 3 inconclusive: nothing is worse, and a "
      "slowdown "
      "of --detect would have been missed. docs/how-to/compare.md says what each verdict means.");
  command->callback([arguments, &exit_code] {
    const auto result = run_compare(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
