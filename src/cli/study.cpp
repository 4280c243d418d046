#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "cli/commands.hpp"
#include "cli/study_conclusion.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "family/ladder.hpp"
#include "study/progress.hpp"
#include "study/results_folder.hpp"
#include "study/run.hpp"
#include "terminal/number_options.hpp"

namespace inferscale::cli {

using namespace record;
using namespace study;

namespace {

/// What the command line gives; absent options leave the plan as it is.
struct StudyArguments {
  std::string preset = "quick";
  std::string plan_file;
  std::optional<std::string> models, backends, scenarios, modes, device, label, logits, corpus, tokenizer;
  std::optional<int> repetitions, threads, parallel_loads;
  std::optional<double> timeout_s, memory_limit_mb;
  std::optional<std::uint64_t> seed;
  std::string out = "results", artifacts = "artifacts";
  bool with_plots = false, with_report = false, force_export = false, force_trt_rebuild = false;
  bool share_workers = false, dry_run = false, json = false, quiet = false;
};

std::vector<std::string> split_commas(const std::string& list) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    items.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

void declare_options(CLI::App& command, StudyArguments& arguments) {
  auto* preset =
      command
          .add_option("--preset", arguments.preset, "A plan that comes along: quick, ladder, tr118v2, gpu")
          ->capture_default_str();
  command.add_option("--plan", arguments.plan_file, "A plan file of your own (docs/plans.md)")
      ->excludes(preset);
  command.add_option("--models", arguments.models,
                     "Ladder names, shapes (gpt2:layers=..) or folders; comma between");
  command.add_option("--backends", arguments.backends, "Backend names; comma between");
  command.add_option("--scenarios", arguments.scenarios,
                     "Scenario names, or NAME:batch=B,prompt=P; comma between");
  command.add_option("--modes", arguments.modes, "prefill, generate, decode; comma between");
  command.add_option("--repetitions", arguments.repetitions, "Of each cell, each in another process")
      ->transform(terminal::whole_number_in(kRepetitionsRange));
  command.add_option("--device", arguments.device, "Backends of this device only: cpu or cuda");
  command.add_option("--label", arguments.label, "Folder under --out; default: the plan's name");
  command.add_option("--out", arguments.out, "Where results go")->capture_default_str();
  command.add_option("--artifacts", arguments.artifacts, "Folder of the artifact store")
      ->capture_default_str();
  command.add_flag("--with-plots", arguments.with_plots,
                   "Draw plots into the report (implies --with-report)");
  command.add_flag("--with-report", arguments.with_report, "Write report.md and report.html at the end");
  command.add_flag("--force-export", arguments.force_export, "Export every graph anew");
  command.add_flag("--force-trt-rebuild", arguments.force_trt_rebuild, "Build every TensorRT engine anew");
  command.add_option("--timeout", arguments.timeout_s, "Hard deadline of one repetition, seconds")
      ->check(terminal::number_in(kTimeoutRange));
  command
      .add_option("--parallel-loads", arguments.parallel_loads,
                  "Workers that load side by side; they measure one by one")
      ->transform(terminal::whole_number_in(kParallelLoadsRange));
  command.add_flag("--share-workers", arguments.share_workers,
                   "One process measures every cell of a model and a backend once, not one repetition");
  command
      .add_option("--memory-limit", arguments.memory_limit_mb, "Of a worker and what it starts, MiB; 0: none")
      ->check(terminal::number_in(kMemoryLimitRange));
  command.add_option("--seed", arguments.seed, "Of weights, prompts and the order of repetitions")
      ->transform(terminal::seed_number());
  command.add_option("--threads", arguments.threads, "Of every worker; 0: one a physical core")
      ->transform(terminal::whole_number_in(kThreadsRange));
  command.add_option("--logits", arguments.logits, "What comes back to the host: all positions or the last");
  command.add_option("--corpus", arguments.corpus, "Text file for perplexity");
  command.add_option("--tokenizer", arguments.tokenizer, "Folder with vocab.json and merges.txt");
  command.add_flag("--dry-run", arguments.dry_run, "Print the plan and the order, measure nothing");
  command.add_flag("--json", arguments.json, "Results on stdout as JSON");
  command.add_flag("--quiet", arguments.quiet, "No progress on stderr");
}

/// What --help shows as an option's value.
void name_values(CLI::App& command) {
  constexpr std::array<std::pair<const char*, const char*>, 19> kValues{{
      {"--preset", "NAME"},      {"--plan", "FILE"},        {"--models", "A,B"},
      {"--backends", "A,B"},     {"--scenarios", "A,B"},    {"--modes", "A,B"},
      {"--repetitions", "N"},    {"--device", "cpu|cuda"},  {"--label", "NAME"},
      {"--out", "FOLDER"},       {"--artifacts", "FOLDER"}, {"--timeout", "SECONDS"},
      {"--memory-limit", "MB"},  {"--parallel-loads", "N"}, {"--seed", "N"},
      {"--threads", "N"},        {"--logits", "all|last"},  {"--corpus", "FILE"},
      {"--tokenizer", "FOLDER"},
  }};
  for (const auto& [option, value] : kValues) {
    command.get_option(option)->type_name(value);
  }
}

template <class T>
void override_with(const std::optional<T>& option, T& value) {
  if (option) {
    value = *option;
  }
}

Result<void> override_lists(const StudyArguments& arguments, Plan& plan) {
  if (arguments.models) {
    plan.models = model::split_model_names(*arguments.models);
  }
  if (arguments.backends) {
    plan.backends = split_commas(*arguments.backends);
  }
  if (arguments.scenarios) {
    TRY_ASSIGN(plan.scenarios, protocol::parse_scenarios(*arguments.scenarios));
  }
  if (arguments.modes) {
    plan.modes.clear();
    for (const auto& name : split_commas(*arguments.modes)) {
      const auto mode = protocol::parse_mode(name);
      if (!mode) {
        return fail_usage("--modes: '{}' is not prefill, generate or decode", name);
      }
      plan.modes.push_back(*mode);
    }
  }
  return {};
}

/// A plan that cannot be read is the caller's, so wrong usage.
Result<Plan> load_own_plan(const std::string& file) {
  auto plan = load_plan(file);
  return plan ? std::move(plan) : fail_usage("{}", plan.error().message);
}

Result<Plan> plan_of(const StudyArguments& arguments) {
  TRY_ASSIGN(Plan plan, arguments.plan_file.empty() ? load_preset(arguments.preset)
                                                    : load_own_plan(arguments.plan_file));
  TRY(override_lists(arguments, plan));
  override_with(arguments.repetitions, plan.repetitions);
  override_with(arguments.device, plan.device);
  override_with(arguments.label, plan.label);
  override_with(arguments.timeout_s, plan.timeout_s);
  override_with(arguments.parallel_loads, plan.parallel_loads);
  plan.share_workers = plan.share_workers || arguments.share_workers;
  override_with(arguments.memory_limit_mb, plan.memory_limit_mb);
  override_with(arguments.seed, plan.seed);
  override_with(arguments.threads, plan.threads);
  override_with(arguments.corpus, plan.corpus);
  override_with(arguments.tokenizer, plan.tokenizer);
  if (arguments.logits) {
    if (*arguments.logits != "all" && *arguments.logits != "last") {
      return fail_usage("--logits: must be all or last, not '{}'", *arguments.logits);
    }
    plan.logits = *arguments.logits == "all" ? protocol::LogitsScope::all : protocol::LogitsScope::last;
  }
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
    if (backend.info.device == plan.device && backend.available() && backend.info.artifact != "none") {
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
    if (!backend.unsupported_because.empty()) {
      json["unsupported"][backend.info.name] = backend.unsupported_because;
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
    if (!backend.unsupported_because.empty()) {
      fmt::print("unsupported: {}: {}\n", backend.info.name, backend.unsupported_because);
      continue;
    }
    measured += static_cast<std::size_t>(
        std::count_if(study.order.begin(), study.order.end(),
                      [&](const Repetition& repetition) { return repetition.backend == backend.info.name; }));
  }
  for (const auto& repetition : study.order) {
    fmt::print("{}\n", describe(repetition));
  }
  fmt::print("{} repetitions, of which {} start a worker\n", study.order.size(), measured);
}

void print_summary(const RunSummary& summary, const std::string& report, bool json) {
  if (!json) {
    fmt::print("{}: {} of {} repetitions: {} ok, {} unsupported, {} degraded{}\n", summary.folder.string(),
               summary.ok + summary.unsupported + summary.degraded, summary.planned, summary.ok,
               summary.unsupported, summary.degraded,
               summary.unsupported + summary.degraded == 0
                   ? std::string()
                   : fmt::format(" (see {})", (summary.folder / "failures.md").string()));
    if (summary.gates_failed > 0) {
      fmt::print("{} accuracy gates failed (see {})\n", summary.gates_failed,
                 (summary.folder / "failures.md").string());
    }
    if (!report.empty()) {
      fmt::print("report: {}\n", report);
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
  if (arguments.device && !arguments.backends) {
    TRY(pick_backends(registry, plan));
  }
  TRY_ASSIGN(const PreparedStudy study, prepare_study(std::move(plan), registry));
  if (arguments.dry_run) {
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
  options.cancelled = [] { return InterruptGuard::signal() != 0; };
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
  return summary.ok > 0 && summary.degraded == 0 && summary.gates_failed == 0 ? 0 : 1;
}

}  // namespace

void add_study_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "study", "Measure models x backends x scenarios x modes; run it again to resume where it stopped");
  auto arguments = std::make_shared<StudyArguments>();
  declare_options(*command, *arguments);
  name_values(*command);
  command->footer(
      "Exit codes: 0 rows are ok, others at most unsupported; 1 a row is degraded, none is ok, an accuracy "
      "gate "
      "or the work failed; 2 wrong usage; 128 + N ended by signal N (130: Ctrl-C).");
  command->callback([arguments, &exit_code] {
    const auto result = run_command(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
