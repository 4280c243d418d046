#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "cli/commands.hpp"
#include "cli/standard_output.hpp"
#include "core/interrupt.hpp"
#include "core/json.hpp"
#include "core/process.hpp"
#include "doctor/checks.hpp"
#include "doctor/installation.hpp"
#include "doctor/noise.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"

namespace inferscale::cli {

using namespace doctor;

namespace {

std::vector<Finding> examine() {
  const auto environment = machine::read_environment();
  const std::filesystem::path root = "/";
  std::error_code ignored;
  const auto cuda = probe_cuda_library();
  std::vector<Finding> findings{
      check_processor(environment),
      check_threads(environment),
      check_cpu_quota(root, environment.logical_cpus),
      check_load(root, environment.logical_cpus),
      check_governor(environment),
      check_power(root),
      check_virtual_machine(environment),
      check_memory(root),
      check_disk(std::filesystem::current_path(ignored)),
      check_gnuplot(),
      check_gpu(root, cuda),
  };
  const auto registry = client::Registry::discover();
  const auto installation = installation_of(executable_folder());
  const auto workers =
      check_workers(registry.backends(), registry.problems(), cuda.loaded, how_to_get_runtimes(installation));
  findings.insert(findings.end(), workers.begin(), workers.end());
  const auto packages = check_packages(installation);
  findings.insert(findings.end(), packages.begin(), packages.end());
  const char* path = std::getenv("PATH");
  const auto installations = check_path(path == nullptr ? "" : path);
  findings.insert(findings.end(), installations.begin(), installations.end());
  return findings;
}

void print_table(const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const auto& finding : findings) {
    width = std::max(width, finding.subject.size());
  }
  for (const auto& [verdict, subject, detail, advice] : findings) {
    terminal::print("{:<7}  {:<{}}  {}\n", to_string(verdict), subject, width, detail);
    if (!advice.empty()) {
      terminal::print("{:<7}  {:<{}}  -> {}\n", "", "", width, advice);
    }
  }
}

Json to_json(const std::vector<Finding>& findings) {
  Json lines = Json::array();
  for (const auto& finding : findings) {
    lines.push_back({{"verdict", to_string(finding.verdict)},
                     {"subject", finding.subject},
                     {"detail", finding.detail},
                     {"advice", finding.advice}});
  }
  return Json{{"findings", std::move(lines)}};
}

struct DoctorArguments {
  bool json = false, noise = false;
  NoiseOptions measure;
};

Result<Noise> noise_of(const DoctorArguments& arguments) {
  NoiseOptions options = arguments.measure;
  options.cancelled = InterruptGuard::interrupted;
  return measure_noise(client::Registry::discover(), options);
}

int run_doctor(const DoctorArguments& arguments) {
  const auto findings = examine();
  Json json = to_json(findings);
  if (!arguments.json) {
    print_table(findings);
    if (const auto shown = flush_stdout(); !shown) {
      return report_error(shown.error());
    }
  }
  if (arguments.noise) {
    const InterruptGuard guard;
    const auto noise = noise_of(arguments);
    if (!noise) {
      return InterruptGuard::interrupted() ? report_interrupted("nothing is said of noise")
                                           : report_error(noise.error());
    }
    json["noise"] = doctor::to_json(*noise);
    if (!arguments.json) {
      terminal::print("\n{}\n", fmt::join(describe(*noise), "\n"));
    }
  }
  if (arguments.json) {
    fmt::print("{}", to_pretty(json));
  }
  const bool ready = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.verdict == doctor::Verdict::missing;
  });
  return ready ? 0 : 1;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<DoctorArguments>();
  auto* command = app.add_subcommand(
      "doctor", "Check what a study needs from this machine, and what would make its numbers noisy");
  auto* noise = command->add_flag(
      "--noise", arguments->noise,
      "Measure the same thing twice (a minute), and say what differences mean nothing here");
  command
      ->add_option("--backend", arguments->measure.backend,
                   "Of --noise; default: the first that can run here")
      ->type_name("BACKEND")
      ->needs(noise);
  command->add_option("--model", arguments->measure.model, "Of --noise; default: the second of the ladder")
      ->type_name("MODEL")
      ->needs(noise);
  command
      ->add_option("--repetitions", arguments->measure.repetitions,
                   "Of --noise, of each of three cells and side")
      ->transform(terminal::whole_number_in({2, 1000}))
      ->type_name("N")
      ->capture_default_str()
      ->needs(noise);
  command->add_flag("--json", arguments->json, "Print the findings as JSON");
  command->footer("Exits 0 unless something that a study cannot do without is missing.");
  command->callback([arguments, &exit_code] { exit_code = run_doctor(*arguments); });
}

}  // namespace inferscale::cli
