#include <memory>
#include <utility>

#include "cli/commands.hpp"
#include "cli/files_options.hpp"
#include "cli/standard_output.hpp"
#include "client/worker_session.hpp"
#include "core/interrupt.hpp"
#include "machine/cpus.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/needs.hpp"
#include "record/plan_ranges.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace protocol;

namespace {

struct BenchOptions {
  std::string model;
  FilesOptions files;
  std::string scenario{protocol::kDefaultScenario};
  std::string mode{to_string(protocol::kDefaultMode)};
  int threads = record::Plan().threads;
  int repetitions = 1;
  int warmup = 3;
  double max_s = 2;
  double half_width = StoppingRule().target_relative_half_width;
  double timeout_s = 180;
  bool new_tokens_given = false;
  bool json = false;
};

/// A cell, ready to be measured.
struct Bench {
  std::string model;
  std::int64_t parameters = 0;
  client::RegisteredBackend backend;
  LoadRequest load;
  MeasureRequest measure;
  double timeout_s = 180;
};

struct BenchRun {
  LoadedReply loaded;
  Measurement measured;
};

Result<MeasureRequest> measure_request(const BenchOptions& options) {
  MeasureRequest request;
  TRY_ASSIGN(request.scenario, parse_scenario(options.scenario));
  const auto mode = parse_mode(options.mode);
  if (!mode) {
    return fail_usage("bench: --mode is {}, not '{}'", mode_names(), options.mode);
  }
  if (options.new_tokens_given && request.scenario.new_tokens > 0) {
    return fail_usage("bench: scenario '{}' says how many new tokens it makes: leave out --new-tokens",
                      options.scenario);
  }
  request.mode = *mode;
  request.new_tokens = new_tokens_of(request.scenario, options.files.new_tokens);
  request.scenario.new_tokens = 0;  // it is said once
  request.warmup_iterations = options.warmup;
  request.stop.max_s = options.max_s;
  request.stop.target_relative_half_width = options.half_width;
  request.token_seed = options.files.seed;
  return request;
}

/// One engine serves every bench of the built-in scenarios. A scenario of the user's own, and each cache, has
/// an engine that is tuned for it alone.
void tune_for(const protocol::MeasureRequest& measure, artifact::FilesRequest& request) {
  if (is_builtin(measure.scenario) && !protocol::descriptor(measure.mode).cached()) {
    request.scenarios = protocol::builtin_scenarios();
    return;
  }
  request.modes = {measure.mode};
  request.scenarios = {measure.scenario};
  request.new_tokens = measure.new_tokens;
  request.profiles = artifact::ProfilePolicy::asked;
}

Result<Bench> plan_bench(const BenchOptions& options) {
  Bench bench;
  TRY_ASSIGN(bench.measure, measure_request(options));
  TRY_ASSIGN(const model::Model model, model::resolve_model(options.model));
  TRY_ASSIGN(bench.load.cpus, machine::choose_cpus(options.threads));
  const client::Registry registry = client::Registry::discover();
  TRY_ASSIGN(bench.backend, require_usable(registry, options.files.backend));
  TRY_ASSIGN(artifact::FilesRequest request, files_request(options.files, bench.backend, registry));
  request.backend.needs = needs_of(bench.backend.info, bench.measure.mode);
  request.runner.cpus = bench.load.cpus;
  request.cancelled = request.runner.cancelled = InterruptGuard::interrupted;
  tune_for(bench.measure, request);
  bench.timeout_s = options.timeout_s;
  bench.model = model.name;
  bench.parameters = parameter_count(model.config);
  bench.load.backend = options.files.backend;
  bench.load.logits = request.logits;
  bench.load.options = artifact::worker_options(request.options);
  bench.load.threads = static_cast<int>(bench.load.cpus.size());
  bench.load.vocabulary = model.config.vocabulary;
  bench.load.max_positions = model.config.positions;
  bench.load.model = to_json(model.config);
  bench.load.seed = request.seed;
  artifact::ArtifactStore store(options.files.artifacts);
  TRY_ASSIGN(const artifact::ModelFiles files, make_model_files(model, request, store));
  if (files.not_made) {
    return tl::unexpected(files.not_made->in(to_string(files.not_made->outcome)));
  }
  bench.load.artifact = files.artifact;
  bench.load.weights = files.weights;
  return bench;
}

/// A fresh process, as in a study.
Result<BenchRun> run_repetition(const Bench& bench) {
  const auto deadline = deadline_in(bench.timeout_s);
  client::WorkerLimits limits;
  limits.cancelled = InterruptGuard::interrupted;
  limits.shared_timeout_s = bench.timeout_s;
  TRY_ASSIGN(client::WorkerSession session, client::WorkerSession::start(bench.backend.executable, limits));
  BenchRun repetition;
  TRY_ASSIGN(repetition.loaded, session.load(bench.load, deadline));
  TRY_ASSIGN(repetition.measured, session.measure(bench.measure, deadline));
  TRY(session.shutdown(deadline));
  return repetition;
}

double throughput_tok_s(const Bench& bench, const BenchRun& repetition) {
  const long tokens = counted_tokens(bench.measure.scenario, bench.measure.mode, bench.measure.new_tokens);
  return static_cast<double>(tokens) / (repetition.measured.latency_ms.mean / 1000.0);
}

/// Each entry of the list says what it is of, so that one taken out of the list still does.
Json to_json(const Bench& bench, const BenchRun& repetition) {
  Json json = Json::object();
  json["schema_version"] = 1;
  json["model"] = bench.model;
  json["parameters"] = bench.parameters;
  json["backend"] = bench.load.backend;
  json["runtime"] = bench.backend.runtime;
  json["runtime_version"] = bench.backend.runtime_version;
  json["scenario"] = bench.measure.scenario.name;
  json["batch"] = bench.measure.scenario.batch;
  json["prompt_tokens"] = bench.measure.scenario.prompt_tokens;
  json["mode"] = to_string(bench.measure.mode);
  json.update(protocol::to_json(repetition.measured));
  json.erase("type");
  json["throughput_tok_s"] = throughput_tok_s(bench, repetition);
  json["load_s"] = repetition.loaded.load_s;
  json["threads"] = repetition.loaded.threads;
  json["cpus"] = repetition.loaded.cpus;
  json["artifact"] = bench.load.artifact.string();
  return json;
}

Result<void> print_row(const Bench& bench, int number, const BenchRun& repetition) {
  const auto& latency = repetition.measured.latency_ms;
  if (number == 0) {
    terminal::print("{} {}, {} threads\n", bench.backend.runtime, bench.backend.runtime_version,
                    repetition.loaded.threads);
    terminal::print("{:>3} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>6} {:>8} {:>9}\n", "rep", "mean ms",
                    "median ms", "p90 ms", "p99 ms", "sd ms", "tok/s", "iter", "load s", "peak MiB");
  }
  terminal::print(
      "{:>3} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.3g} {:>10.5g} {:>6} {:>8.3f} {:>9.1f}\n", number,
      latency.mean, latency.median, latency.p90, latency.p99, latency.sd, throughput_tok_s(bench, repetition),
      repetition.measured.iterations, repetition.loaded.load_s, repetition.measured.memory_peak_mb);
  return flush_stdout();
}

/// Those that came to their end; the error is what ended the next one.
Result<void> run_repetitions(const Bench& bench, const BenchOptions& options, Json& finished) {
  for (int number = 0; number < options.repetitions; ++number) {
    if (InterruptGuard::interrupted()) {
      return fail("interrupted");
    }
    const auto repetition = run_repetition(bench);
    if (!repetition) {
      return tl::unexpected(repetition.error().in(to_string(repetition.error().outcome)));
    }
    if (options.json) {
      finished.push_back(to_json(bench, *repetition));
    } else {
      TRY(print_row(bench, number, *repetition));
    }
  }
  return {};
}

int run_bench(const BenchOptions& options) {
  const InterruptGuard guard;
  const auto bench = plan_bench(options);
  if (!bench) {
    return InterruptGuard::interrupted() ? report_interrupted("nothing is measured yet")
                                         : report_error(bench.error());
  }
  Json finished = Json::array();
  const auto all = run_repetitions(*bench, options, finished);
  if (options.json && (all || InterruptGuard::interrupted())) {
    fmt::print("{}", to_pretty(finished));
  }
  if (!all) {
    return InterruptGuard::interrupted() ? report_interrupted("the repetitions that finished are printed")
                                         : report_error(all.error());
  }
  return 0;
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BenchOptions>();
  auto* command =
      app.add_subcommand("bench", "Measure one model on one backend, each repetition in a fresh process");
  command->add_option("MODEL", options->model, "Ladder name, gpt2:layers=..,hidden=..,heads=.., or a folder")
      ->required();
  declare_files_options(*command, options->files);
  command
      ->add_option("--scenario", options->scenario, "A built-in scenario, or NAME:batch=B,prompt=P[,new=N]")
      ->type_name("SCENARIO")
      ->capture_default_str();
  command->add_option("--mode", options->mode, protocol::mode_names())
      ->type_name("MODE")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "0: one a physical core")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("threads")))
      ->capture_default_str();
  command->add_option("--repetitions", options->repetitions, "Fresh processes")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("repetitions")))
      ->capture_default_str();
  command->add_option("--warmup", options->warmup, "Untimed iterations")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("warmup_iterations")))
      ->capture_default_str();
  command->add_option("--max-seconds", options->max_s, "Of timed work in a repetition")
      ->type_name("SECONDS")
      ->check(terminal::number_in(record::range_of<protocol::StoppingRule>("max_s")))
      ->capture_default_str();
  command
      ->add_option(
          "--half-width", options->half_width,
          "End a repetition earlier once the 95% interval of its mean is within this share of it; 0: never")
      ->check(terminal::number_in(record::range_of<protocol::StoppingRule>("target_relative_half_width")))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout_s, "Of a repetition, seconds")
      ->type_name("SECONDS")
      ->check(terminal::number_in(record::range_of<record::Plan>("timeout_s")))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print the repetitions as JSON");
  command->callback([options, command, &exit_code] {
    options->new_tokens_given = command->count("--new-tokens") > 0;
    exit_code = run_bench(*options);
  });
}

}  // namespace inferscale::cli
