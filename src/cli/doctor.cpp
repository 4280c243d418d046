#include <algorithm>
#include <cstdio>

#include "cli/commands.hpp"
#include "core/json.hpp"
#include "doctor/checks.hpp"
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
  const auto workers = check_workers(registry.backends(), registry.problems(), cuda.loaded);
  findings.insert(findings.end(), workers.begin(), workers.end());
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

int run_doctor(bool json) {
  const auto findings = examine();
  if (json) {
    fmt::print("{}", to_pretty(to_json(findings)));
  } else {
    print_table(findings);
  }
  const bool ready = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.verdict == doctor::Verdict::missing;
  });
  return ready ? 0 : 1;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "doctor", "Check what a study needs from this machine, and what would make its numbers noisy");
  command->add_flag("--json", *json, "Print the findings as JSON");
  command->footer("Exits 0 unless something that a study cannot do without is missing.");
  command->callback([json, &exit_code] { exit_code = run_doctor(*json); });
}

}  // namespace inferscale::cli
