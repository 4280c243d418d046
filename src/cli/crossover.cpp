#include <cstdio>
#include <memory>
#include <optional>

#include "analysis/quantity.hpp"
#include "cli/commands.hpp"
#include "cli/study_conclusion.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "family/ladder.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/plan_ranges.hpp"
#include "search/crossover_search.hpp"
#include "study/run.hpp"
#include "terminal/metric_option.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"
#include "terminal/text_table.hpp"

namespace inferscale::cli {

using namespace record;

namespace {

struct CrossoverArguments {
  std::string first, second;
  std::string tolerance = "5%";
  std::string models = "tiny-gpt2,gpt2";
  std::string scenarios;
  std::vector<std::string> modes;
  std::optional<int> repetitions, threads;
  std::optional<double> timeout_s;
  std::optional<std::uint64_t> seed;
  int max_models = 12;
  std::string metric, label, out = "results", artifacts = "artifacts";
  bool with_plots = true, json = false, quiet = false;
};

void declare_crossover_options(CLI::App& command, CrossoverArguments& arguments) {
  command.add_option("A", arguments.first, "A backend")->required();
  command.add_option("B", arguments.second, "The backend to compare it with")->required();
  command
      .add_option("--tolerance", arguments.tolerance,
                  "How tight the bracket must be: its upper end over its lower")
      ->capture_default_str();
  command.add_option("--models", arguments.models, "The ends of the range, smaller first; comma between")
      ->type_name("A,B")
      ->capture_default_str();
  command.add_option("--max-models", arguments.max_models, "Sizes to measure at most, the ends among them")
      ->transform(terminal::whole_number_in({2, 100}))
      ->capture_default_str();
  command
      .add_option("--scenarios", arguments.scenarios,
                  "Names, or NAME:batch=B,prompt=P[,new=N]; comma between; default: those of quick")
      ->type_name("A,B");
  command
      .add_option("--modes", arguments.modes,
                  "prefill, generate, decode; comma between; the first is searched; default: prefill")
      ->type_name("A,B")
      ->delimiter(',');
  command.add_option("--repetitions", arguments.repetitions, "Fresh processes a cell; at least 2")
      ->type_name("N")
      ->transform(terminal::whole_number_in({2, range_of<Plan>("repetitions").high}));
  command.add_option("--threads", arguments.threads, "Of every worker; 0: one a physical core")
      ->type_name("N")
      ->transform(terminal::whole_number_in(range_of<Plan>("threads")));
  command.add_option("--timeout", arguments.timeout_s, "Hard deadline of one repetition, seconds")
      ->type_name("SECONDS")
      ->check(terminal::number_in(range_of<Plan>("timeout_s")));
  command.add_option("--seed", arguments.seed, "Of weights, prompts and the order of repetitions")
      ->type_name("N")
      ->transform(terminal::seed_number());
  terminal::add_metric_option(command, arguments.metric);
  command.add_option("--label", arguments.label, "Folder under --out; default: crossover-A-B")
      ->type_name("NAME");
  command.add_option("--out", arguments.out, "Where results go")->type_name("FOLDER")->capture_default_str();
  command.add_option("--artifacts", arguments.artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command.add_flag("--with-plots,!--no-plots", arguments.with_plots,
                   "Draw plots into the report (the default)");
  command.add_flag("--json", arguments.json, "The search on stdout as JSON");
  command.add_flag("--quiet", arguments.quiet, "No progress on stderr");
}

/// "5%" or "0.05".
Result<double> parse_tolerance(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string rest(end);
  const double share = rest == "%" ? value / 100 : value;
  if (end == text.c_str() || !(rest.empty() || rest == "%") || !(share > 0 && share < 10)) {
    return fail_usage("--tolerance must be a share above 0% and below 1000%, such as 5% or 0.05, not '{}'",
                      text);
  }
  return share;
}

/// What options with checks of their own leave to be wrong: names and lists.
Result<void> check_names(const CrossoverArguments& arguments, const Plan& plan) {
  if (arguments.first == arguments.second) {
    return fail_usage("crossover: A and B are both '{}'; give two backends", arguments.first);
  }
  Plan labelled = plan;
  labelled.label = "label";
  if (validate(labelled, "crossover") && !validate(plan, "crossover")) {
    return fail_usage(
        "--label: must be at most 100 letters, digits, '-', '_' or '.', not starting with '.', not '{}'",
        plan.label);
  }
  const auto valid = validate(plan, "crossover");
  return valid ? Result<void>() : fail_usage("{}", valid.error().message);
}

/// The quick preset, with this pair, these ends, and what the command line gives.
Result<Plan> crossover_plan(const CrossoverArguments& arguments) {
  TRY_ASSIGN(Plan plan, load_preset("quick"));
  plan.name = "crossover";
  plan.label = arguments.label.empty() ? fmt::format("crossover-{}-{}", arguments.first, arguments.second)
                                       : arguments.label;
  plan.backends = {arguments.first, arguments.second};
  plan.models = model::split_model_names(arguments.models);
  if (!arguments.scenarios.empty()) {
    TRY_ASSIGN(plan.scenarios, protocol::parse_scenarios(arguments.scenarios));
  }
  plan.modes = {protocol::kDefaultMode};
  if (!arguments.modes.empty()) {
    plan.modes.clear();
    for (const auto& name : arguments.modes) {
      const auto mode = protocol::parse_mode(name);
      if (!mode) {
        return fail_usage("--modes: '{}' is not {}", name, protocol::mode_names());
      }
      plan.modes.push_back(*mode);
    }
  }
  plan.repetitions = arguments.repetitions.value_or(plan.repetitions);
  plan.threads = arguments.threads.value_or(plan.threads);
  plan.timeout_s = arguments.timeout_s.value_or(plan.timeout_s);
  plan.seed = arguments.seed.value_or(plan.seed);
  TRY(check_names(arguments, plan));
  return plan;
}

std::string size_text(const analysis::RatioPoint& point) {
  return analysis::parameters_text(point.parameters);
}

void print_search(const search::CrossoverSearch& search, const std::string& report) {
  std::vector<std::vector<std::string>> rows;
  for (const search::SearchStep& step : search.steps) {
    const auto& result = step.point.result;
    const std::string winner = !result               ? "not measured"
                               : result->winner == 0 ? std::string(to_string(*step.verdict))
                               : result->winner > 0  ? search.settings.first
                                                     : search.settings.second;
    rows.push_back(
        {step.point.shape.name,
         analysis::parameters_text(static_cast<double>(parameter_count(step.point.shape))),
         result
             ? fmt::format("{} [{}, {}]", analysis::ratio_text(result->ratio),
                           analysis::ratio_text(result->ci95->low), analysis::ratio_text(result->ci95->high))
             : "-",
         winner, step.bracket ? size_text(step.bracket->low) + " to " + size_text(step.bracket->high) : "-"});
  }
  terminal::print(
      "{}", terminal::text_table(
                {{"model", false},
                 {"parameters", true},
                 {fmt::format("{} / {} [95% interval]", search.settings.first, search.settings.second), true},
                 {"faster", false},
                 {"bracket after", false}},
                rows));
  terminal::print("{}: {}\nreport: {}\n", to_string(search.end.status), search.end.why, report);
}

/// One backend alone has no crossing, and is not measured for nothing.
Result<void> check_both_run(const study::PreparedStudy& study) {
  for (const study::StudyBackend& backend : study.backends) {
    if (!backend.can_run()) {
      return fail_as(backend.known_outcome->outcome, "crossover: '{}' cannot run here: {}", backend.name(),
                     backend.known_outcome->reason);
    }
  }
  return {};
}

Result<int> run_crossover(const CrossoverArguments& arguments) {
  if (arguments.quiet) {
    set_log_level(LogLevel::quiet);
  }
  TRY_ASSIGN(const double tolerance, parse_tolerance(arguments.tolerance));
  TRY_ASSIGN(Plan plan, crossover_plan(arguments));
  TRY_ASSIGN(const Metric* const metric, terminal::parse_metric_option(arguments.metric));
  if (metric != nullptr && metric->priced) {
    return fail_usage("--metric {}: crossover has no prices; give a metric that rows have", arguments.metric);
  }
  if (metric != nullptr && !has_metric(plan.modes.front(), *metric)) {
    return fail_usage("--metric {}: rows of mode {}, which is searched, have none", arguments.metric,
                      to_string(plan.modes.front()));
  }
  plan.metric = arguments.metric;
  const search::SearchSettings settings{arguments.first,
                                        arguments.second,
                                        std::string(to_string(plan.modes.front())),
                                        tolerance,
                                        arguments.max_models,
                                        metric != nullptr ? metric : &ranking_metric(plan.modes.front())};
  const InterruptGuard guard;
  study::RunOptions options;
  options.results_root = arguments.out;
  options.artifacts_root = arguments.artifacts;
  options.cancelled = InterruptGuard::interrupted;
  const auto registry = client::Registry::discover();
  std::vector<artifact::Artifact> artifacts;
  const auto measure = [&](const Plan& sizes) -> Result<search::MeasuredStudy> {
    TRY_ASSIGN(study::PreparedStudy study, study::prepare_study(sizes, registry));
    TRY(check_both_run(study));
    TRY_ASSIGN(const study::RunSummary summary, run_study(study, options));
    artifacts.insert(artifacts.end(), summary.artifacts.begin(), summary.artifacts.end());
    return search::MeasuredStudy{summary.folder, std::move(study.models), summary.cancelled};
  };
  TRY_ASSIGN(const search::SearchRun run,
             search_crossover(std::move(plan), settings, options.results_root, measure));
  if (run.search.end.status == search::SearchStatus::interrupted) {
    return report_interrupted("every finished row is kept: run the same command again to resume");
  }
  TRY_ASSIGN(const std::string report, conclude_study(run.folder, artifacts, {true, arguments.with_plots}));
  if (arguments.json) {
    fmt::print("{}", to_pretty(to_json(run.search)));
  } else {
    print_search(run.search, report);
  }
  return is_answer(run.search.end) ? 0 : is_undecided(run.search.end) ? kInconclusive : 1;
}

}  // namespace

void add_crossover_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "crossover",
      "Measure new sizes until the crossing of two backends is bracketed, or they tie; again to resume");
  auto arguments = std::make_shared<CrossoverArguments>();
  declare_crossover_options(*command, *arguments);
  command->footer(
      "docs/how-to/crossover.md says how it searches. Exit codes: 0 bracketed, tied and alike, or one "
      "backend "
      "always wins; 1 the sizes or the budget ran out, or the work failed; 2 wrong usage; 3 tied, and "
      "undecided; 128 + N ended by signal N.");
  command->callback([arguments, &exit_code] {
    const auto result = run_crossover(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
