#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cli/commands.hpp"
#include "cli/study_conclusion.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "core/plain_text.hpp"
#include "family/ladder.hpp"
#include "protocol/needs.hpp"
#include "record/plan_options.hpp"
#include "report/wording.hpp"
#include "study/progress.hpp"
#include "study/results_folder.hpp"
#include "study/run.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace record;
using namespace study;

namespace {

constexpr const char* kDefaultPreset = "quick";

/// What the command line gives; absent options leave the plan as it is.
struct StudyArguments {
  std::vector<std::string> models;  ///< without an option's name, each a word
  std::string preset;               ///< empty: kDefaultPreset
  std::string plan_file;
  std::map<std::string, std::string> settings;  ///< of the plan: text by option
  std::string out = "results", artifacts = "artifacts";
  bool with_plots = false, with_report = false, force_export = false, force_trt_rebuild = false;
  bool dry_run = false, json = false, quiet = false;
};

/// Each setting of a plan that has an option. Its text waits in `settings` until there is a plan.
void declare_settings(CLI::App& command, std::map<std::string, std::string>& settings) {
  for (const PlanOption& setting : plan_options()) {
    const std::string name(setting.option.name);
    const std::string help(setting.option.help);
    if (setting.kind == PlanOption::Kind::flag) {
      command.add_flag_callback(name, [&settings, name] { settings[name] = "true"; }, help);
      continue;
    }
    if (setting.kind == PlanOption::Kind::texts) {
      command
          .add_option_function<std::vector<std::string>>(
              name,
              [&settings, name](const std::vector<std::string>& texts) {
                settings[name] = fmt::format("{}", fmt::join(texts, "\n"));
              },
              help)
          ->type_name(std::string(setting.option.value))
          ->allow_extra_args(false);
      continue;
    }
    auto* option = command.add_option_function<std::string>(
        name, [&settings, name](const std::string& text) { settings[name] = text; }, help);
    option->type_name(std::string(setting.option.value));
    if (setting.kind == PlanOption::Kind::whole_number) {
      option->transform(terminal::whole_number_in(setting.range));
    } else if (setting.kind == PlanOption::Kind::any_whole_number) {
      option->transform(terminal::seed_number());
    } else if (setting.kind == PlanOption::Kind::number) {
      option->check(terminal::number_in(setting.range));
    }
  }
}

void declare_options(CLI::App& command, StudyArguments& arguments) {
  command.add_option("MODEL", arguments.models,
                     "Measure these, in place of the preset's: names, shapes or folders");
  auto* preset = command
                     .add_option("--preset", arguments.preset,
                                 fmt::format("A plan that comes along: {}", fmt::join(preset_names(), ", ")))
                     ->type_name("PRESET")
                     ->default_str(kDefaultPreset);
  command
      .add_option("--plan", arguments.plan_file,
                  "A plan file of your own (docs/reference/plans.md); - reads stdin")
      ->type_name("FILE")
      ->excludes(preset);
  declare_settings(command, arguments.settings);
  command.add_option("--out", arguments.out, "Where results go")->type_name("FOLDER")->capture_default_str();
  command.add_option("--artifacts", arguments.artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command.add_flag("--with-plots", arguments.with_plots,
                   "Draw plots into the report (implies --with-report)");
  command.add_flag("--with-report", arguments.with_report, "Write report.md and report.html at the end");
  command.add_flag("--force-export", arguments.force_export, "Export every graph anew");
  command.add_flag("--force-trt-rebuild", arguments.force_trt_rebuild, "Build every TensorRT engine anew");
  command.add_flag("--dry-run", arguments.dry_run, "Print the plan and the order, measure nothing");
  command.add_flag("--json", arguments.json, "Results on stdout as JSON");
  command.add_flag("--quiet", arguments.quiet, "No progress on stderr");
}

/// A plan that cannot be read is the caller's, so wrong usage.
Result<Plan> load_own_plan(const std::string& file) {
  auto plan = file == "-" ? load_plan("/dev/stdin", "standard input") : load_plan(file);
  return plan ? std::move(plan) : fail_usage("{}", plan.error().message);
}

/// "gpt2-my-gpt2" of gpt2 and runs/my-gpt2.
std::string label_of_models(const std::vector<std::string>& models) {
  constexpr std::size_t kLongest = 60;
  std::string label;
  for (const std::string& model : models) {
    const bool shape = family::is_shape_name(model);
    const std::string alias = shape ? model : model.substr(0, model.find('='));
    const std::filesystem::path path = std::filesystem::path(alias).lexically_normal();
    label +=
        (label.empty() ? "" : "-") + (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  label = name_of_text(std::move(label)).substr(0, kLongest);
  return label.empty() || label.front() == '.' ? "study" + label : label;
}

/// Models that are named on the command line are another study than the default preset's, with a label of its
/// own.
Result<void> name_study(const StudyArguments& arguments, Plan& plan) {
  const auto label = arguments.settings.find("--label");
  if (label != arguments.settings.end()) {
    return label->second.empty() ? fail_usage("--label: must not be empty") : Result<void>();
  }
  const bool named = !arguments.models.empty() || arguments.settings.contains("--models");
  if (named && arguments.preset.empty() && arguments.plan_file.empty()) {
    plan.label = label_of_models(plan.models);
  }
  return {};
}

/// Variants that the plan does not name are measured beside the backends that were given, or in place of the
/// preset's.
void measure_variants(bool backends_given, Plan& plan) {
  const auto missing = [&](const Variant& variant) {
    return std::find(plan.backends.begin(), plan.backends.end(), name_in_plan(variant)) ==
           plan.backends.end();
  };
  if (!backends_given && std::any_of(plan.variants.begin(), plan.variants.end(), missing)) {
    plan.backends.clear();
  }
  for (const Variant& variant : plan.variants) {
    if (missing(variant)) {
      plan.backends.push_back(name_in_plan(variant));
    }
  }
}

Result<Plan> plan_of(const StudyArguments& arguments) {
  const std::string preset = arguments.preset.empty() ? kDefaultPreset : arguments.preset;
  TRY_ASSIGN(Plan plan,
             arguments.plan_file.empty() ? load_preset(preset) : load_own_plan(arguments.plan_file));
  if (!arguments.models.empty()) {
    if (arguments.settings.contains("--models")) {
      return fail_usage("study: models are named twice, as words and by --models");
    }
    plan.models = arguments.models;
  }
  for (const PlanOption& setting : plan_options()) {
    const auto given = arguments.settings.find(std::string(setting.option.name));
    if (given != arguments.settings.end()) {
      TRY(setting.apply(given->second, plan));
    }
  }
  if (arguments.settings.contains("--tokenizer") && !plan.tokenizer.empty() && plan.corpus.empty()) {
    return fail_usage("study: --tokenizer is for a corpus only: give one with --corpus");
  }
  TRY(name_study(arguments, plan));
  measure_variants(arguments.settings.contains("--backends"), plan);
  if (auto valid = validate(plan, "study"); !valid) {
    return fail_usage("{}", valid.error().message);
  }
  return plan;
}

/// --device without --backends: a plan that has backends of that device keeps all it names (the others' rows
/// become `unsupported`); one that has none gets every backend that can run here.
Result<void> pick_backends(const client::Registry& registry, Plan& plan) {
  const auto runs_on_it = [&](const std::string& name) {
    const auto* backend = registry.find(name);
    return backend == nullptr || backend->info.device == plan.device;
  };
  if (std::any_of(plan.backends.begin(), plan.backends.end(), runs_on_it)) {
    return {};
  }
  plan.backends.clear();
  for (const auto& backend : registry.backends()) {
    if (backend.info.device == plan.device && backend.available() && loads_a_file(backend.info)) {
      plan.backends.push_back(backend.info.name);
    }
  }
  if (plan.backends.empty()) {
    return fail_usage("--device {}: no backend of that device can run here; 'inferscale doctor' says why",
                      plan.device);
  }
  return {};
}

Json dry_run_json(const PreparedStudy& study) {
  Json json = Json::object();
  json["plan"] = to_json(study.plan);
  json["unsupported"] = Json::object();
  for (const auto& backend : study.backends) {
    if (!backend.can_run()) {
      json["unsupported"][backend.name()] = backend.known_outcome->reason;
    }
  }
  json["repetitions"] = study.order.size();
  json["order"] = Json::array();
  for (const auto& repetition : study.order) {
    json["order"].push_back(describe(repetition));
  }
  return json;
}

void print_dry_run(const PreparedStudy& study) {
  fmt::print("{}", to_pretty(to_json(study.plan)));
  std::size_t measured = 0;
  for (const auto& backend : study.backends) {
    if (!backend.can_run()) {
      terminal::print("unsupported: {}: {}\n", backend.name(), backend.known_outcome->reason);
      continue;
    }
    measured += static_cast<std::size_t>(
        std::count_if(study.order.begin(), study.order.end(),
                      [&](const Repetition& repetition) { return repetition.backend == backend.name(); }));
  }
  for (const auto& repetition : study.order) {
    terminal::print("{}\n", describe(repetition));
  }
  terminal::print("{} repetitions, of which {} start a worker\n", study.order.size(), measured);
}

void print_summary(const RunSummary& summary, const std::string& report, bool json) {
  if (!json) {
    terminal::print("{}: {} of {} repetitions: {} ok, {} unsupported, {} degraded{}\n",
                    summary.folder.string(), summary.ok + summary.unsupported + summary.degraded,
                    summary.planned, summary.ok, summary.unsupported, summary.degraded,
                    summary.unsupported + summary.degraded == 0
                        ? std::string()
                        : fmt::format(" (see {})", (summary.folder / "failures.md").string()));
    if (summary.gates_failed > 0) {
      terminal::print("{} failed (see {})\n",
                      report::count_text(static_cast<long>(summary.gates_failed), "accuracy gate"),
                      (summary.folder / "failures.md").string());
    }
    if (summary.accuracy_not_measured > 0) {
      terminal::print("the accuracy of {} could not be measured (see {})\n",
                      report::count_text(static_cast<long>(summary.accuracy_not_measured), "backend"),
                      (summary.folder / "failures.md").string());
    }
    if (!report.empty()) {
      terminal::print("report: {}\n", report);
    }
    return;
  }
  Json result = Json::object();
  result["folder"] = summary.folder.string();
  result["planned"] = summary.planned;
  result["resumed"] = summary.resumed;
  result["ok"] = summary.ok;
  result["unsupported"] = summary.unsupported;
  result["degraded"] = summary.degraded;
  result["gates_failed"] = summary.gates_failed;
  result["accuracy_not_measured"] = summary.accuracy_not_measured;
  result["cancelled"] = summary.cancelled;
  result["report"] = report;
  fmt::print("{}", to_pretty(result));
}

Result<int> run_command(const StudyArguments& arguments) {
  if (arguments.quiet) {
    set_log_level(LogLevel::quiet);
  }
  TRY_ASSIGN(Plan plan, plan_of(arguments));
  const auto registry = client::Registry::discover();
  if (arguments.settings.contains("--device") && !arguments.settings.contains("--backends")) {
    TRY(pick_backends(registry, plan));
  }
  TRY_ASSIGN(const PreparedStudy study, prepare_study(std::move(plan), registry));
  if (arguments.dry_run) {
    TRY(study::check_results(std::filesystem::path(arguments.out) / study.plan.label, study.plan));
    if (arguments.json) {
      fmt::print("{}", to_pretty(dry_run_json(study)));
    } else {
      print_dry_run(study);
    }
    return 0;
  }
  const InterruptGuard guard;
  RunOptions options;
  options.results_root = arguments.out;
  options.artifacts_root = arguments.artifacts;
  options.force_export = arguments.force_export;
  options.force_engines = arguments.force_trt_rebuild;
  options.cancelled = InterruptGuard::interrupted;
  const auto started = Clock::now();
  TRY_ASSIGN(const RunSummary summary, run_study(study, options));
  if (summary.cancelled) {
    print_summary(summary, {}, arguments.json);
    return report_interrupted("every finished row is kept: run the same command again to resume");
  }
  log_info("measured in {}", format_duration(seconds_since(started)));
  TRY_ASSIGN(const std::string report,
             conclude_study(summary.folder, summary.artifacts,
                            {arguments.with_report || arguments.with_plots, arguments.with_plots}));
  print_summary(summary, report, arguments.json);
  if (summary.ok == 0) {
    write_stderr("inferscale: nothing could be measured: failures.md says why\n");
  }
  const bool accurate = summary.gates_failed == 0 && summary.accuracy_not_measured == 0;
  return summary.ok > 0 && summary.degraded == 0 && accurate ? 0 : 1;
}

}  // namespace

void add_study_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "study", "Measure models x backends x scenarios x modes; run it again to resume where it stopped");
  auto arguments = std::make_shared<StudyArguments>();
  declare_options(*command, *arguments);
  command->footer(
      "Exit codes: 0 rows are ok, others at most unsupported; 1 a row is degraded, none is ok, an accuracy "
      "gate failed or accuracy could not be measured, or the work failed; 2 wrong usage; 128 + N ended by "
      "signal N (130: Ctrl-C).");
  command->callback([arguments, &exit_code] {
    const auto result = run_command(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
