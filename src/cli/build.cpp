#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/files_options.hpp"
#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/interrupt.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/needs.hpp"

namespace inferscale::cli {
namespace {

struct BuildOptions {
  std::string model;
  FilesOptions files;
  std::string scenarios;
  std::string mode;  ///< empty: those of a plan that names none
  bool force = false;
  bool json = false;
};

Result<Json> build_engine(const BuildOptions& options) {
  TRY_ASSIGN(const model::Model model, model::resolve_model(options.model));
  const client::Registry registry = client::Registry::discover();
  TRY_ASSIGN(const client::RegisteredBackend backend, require_usable(registry, options.files.backend));
  if (!is_built(backend.info)) {
    return fail_usage("build: backend '{}' loads {}, and needs no engine", options.files.backend,
                      backend.info.artifact);
  }
  TRY_ASSIGN(artifact::FilesRequest request, files_request(options.files, backend, registry));
  const auto mode =
      protocol::parse_mode(options.mode.empty() ? to_string(protocol::kDefaultMode) : options.mode);
  if (!mode) {
    return fail_usage("build: --mode is {}, not '{}'", protocol::mode_names(), options.mode);
  }
  request.backend.needs = needs_of(backend.info, *mode);
  if (!options.mode.empty()) {
    request.modes = {*mode};
  }
  if (options.scenarios.empty()) {
    request.scenarios = protocol::builtin_scenarios();
  } else {
    TRY_ASSIGN(request.scenarios, protocol::parse_scenarios(options.scenarios));
  }
  request.force_engine = options.force;
  request.cancelled = request.runner.cancelled = InterruptGuard::interrupted;
  const InterruptGuard guard;
  artifact::ArtifactStore store(options.files.artifacts);
  TRY_ASSIGN(const artifact::ModelFiles files, make_model_files(model, request, store));
  if (files.not_made) {
    return tl::unexpected(*files.not_made);
  }
  TRY_ASSIGN(Json report, read_json_file(files.artifacts.back().json));
  report["path"] = files.artifact.string();
  report["reused"] = files.artifacts.back().reused;
  return report;
}

int run_build(const BuildOptions& options) {
  const auto report = build_engine(options);
  if (!report && InterruptGuard::interrupted()) {
    return report_interrupted("no engine is built, and what the artifact store has is kept");
  }
  if (!report) {
    return report_error(report.error().usage ? report.error()
                                             : report.error().in(to_string(report.error().outcome)));
  }
  if (options.json) {
    fmt::print("{}", to_pretty(*report));
    return 0;
  }
  fmt::print("{}: {} bytes, {:.2f} s{}\n", (*report)["path"].get<std::string>(),
             (*report)["bytes"].get<std::uint64_t>(), (*report)["seconds"].get<double>(),
             (*report)["reused"].get<bool>() ? " (when it was built)" : "");
  return 0;
}

}  // namespace

void add_build_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BuildOptions>();
  auto* command = app.add_subcommand(
      "build", "Build the engine that a backend loads; study and bench do so too where there is none");
  command->add_option("MODEL", options->model, "Ladder name, gpt2:layers=..,hidden=..,heads=.., or a folder")
      ->required();
  declare_files_options(*command, options->files);
  command
      ->add_option("--scenarios", options->scenarios,
                   "Scenarios to tune for, comma between; default: the six built-in ones")
      ->type_name("A,B");
  command->add_option("--mode", options->mode, "Mode to build for; default: prefill and generate")
      ->type_name("MODE");
  command->add_flag("--force", options->force, "Build it even if there is one");
  command->add_flag("--json", options->json, "Print how it was made as JSON");
  command->callback([options, &exit_code] { exit_code = run_build(*options); });
}

}  // namespace inferscale::cli
