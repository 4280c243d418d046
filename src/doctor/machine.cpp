#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/process.hpp"
#include "doctor/checks.hpp"

namespace inferscale::doctor {
namespace {

// A study of gpt2 (124 M parameters): two copies of the weights in a worker, logits of the longest scenario,
// and the orchestrator.
constexpr double kStudyMemoryGb = 2.0;
// Weights and graphs of the whole ladder are 3.5 GB in fp32.
constexpr double kStudyDiskGb = 4.0;
constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// kB of a line of meminfo, in GiB.
std::optional<double> meminfo_gib(const std::filesystem::path& root, std::string_view name) {
  std::ifstream in(root / "proc/meminfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name, 0) == 0) {
      std::istringstream fields(line.substr(name.size()));
      double kib = 0;
      return fields >> kib ? std::optional(kib * 1024.0 / kGib) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kNames{"ok", "warning", "missing"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Finding check_processor(const machine::Environment& environment) {
  const auto& features = environment.processor_features;
  const auto detail = fmt::format("{}: {}", environment.processor,
                                  features.empty() ? "no AVX" : fmt::format("{}", fmt::join(features, " ")));
  if (std::find(features.begin(), features.end(), "avx2") == features.end()) {
    return {Verdict::warning, "processor", detail,
            "without AVX2 the runtimes fall back to slow kernels: their order here tells little about other "
            "machines"};
  }
  return {Verdict::ok, "processor", detail, {}};
}

Finding check_threads(const machine::Environment& environment) {
  const auto detail =
      fmt::format("{} CPUs on {} physical cores; a study uses {} threads unless told",
                  environment.logical_cpus, environment.physical_cores, environment.physical_cores);
  return {Verdict::ok, "threads", detail, {}};
}

Finding check_cpu_quota(const std::filesystem::path& root, int cpus) {
  std::istringstream fields(first_line(root / "sys/fs/cgroup/cpu.max"));
  double quota = 0;
  double period = 0;
  if (fields >> quota >> period && period > 0 && quota / period < cpus) {
    return {Verdict::warning, "CPU quota", fmt::format("{:.2g} of {} CPUs", quota / period, cpus),
            "this container is stopped for a while whenever it has used its share: give it whole CPUs "
            "(docker --cpuset-cpus instead of --cpus), or set --threads lower"};
  }
  return {Verdict::ok, "CPU quota", "none", {}};
}

Finding check_load(const std::filesystem::path& root, int cpus) {
  std::istringstream fields(first_line(root / "proc/loadavg"));
  double load = 0;
  fields >> load;
  const auto detail = fmt::format("{:.1f} over the last minute on {} CPUs", load, cpus);
  if (load > 0.25 * cpus) {
    return {Verdict::warning, "load", detail, "something else is running: end it before a study"};
  }
  return {Verdict::ok, "load", detail, {}};
}

Finding check_governor(const machine::Environment& environment) {
  if (environment.governor.empty()) {
    return {Verdict::ok, "CPU governor", "not visible here", {}};
  }
  if (environment.governor != "performance") {
    return {Verdict::warning, "CPU governor", environment.governor,
            "clocks may follow the load: set 'performance' (as root: cpupower frequency-set -g performance)"};
  }
  return {Verdict::ok, "CPU governor", environment.governor, {}};
}

Finding check_power(const std::filesystem::path& root) {
  std::error_code ignored;
  for (const auto& supply : std::filesystem::directory_iterator(root / "sys/class/power_supply", ignored)) {
    if (first_line(supply.path() / "type") == "Mains" && first_line(supply.path() / "online") == "0") {
      return {Verdict::warning, "power", "on battery", "plug it in: laptops run slower on battery"};
    }
  }
  return {Verdict::ok, "power", "mains, or not visible here", {}};
}

Finding check_virtual_machine(const machine::Environment& environment) {
  if (environment.virtual_machine) {
    return {Verdict::warning, "machine", "virtual",
            "neighbours on the same host add noise: look at the intervals, and repeat a study before relying "
            "on a "
            "small difference"};
  }
  return {Verdict::ok, "machine", "physical", {}};
}

Finding check_memory(const std::filesystem::path& root) {
  const auto total = meminfo_gib(root, "MemTotal:");
  const auto available = meminfo_gib(root, "MemAvailable:");
  if (!total || !available) {
    return {Verdict::warning, "memory", "unknown", "cannot read /proc/meminfo: mount /proc"};
  }
  const auto detail = fmt::format("{:.1f} of {:.1f} GiB available", *available, *total);
  if (*available < kStudyMemoryGb) {
    return {Verdict::warning, "memory", detail,
            fmt::format("models up to gpt2 take {:g} GiB: larger rungs may end as out_of_memory",
                        kStudyMemoryGb)};
  }
  return {Verdict::ok, "memory", detail, {}};
}

Finding check_disk(const std::filesystem::path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) {
    return {Verdict::missing, "disk", fmt::format("{}: {}", folder.string(), error.message()),
            "run inferscale in a folder that it may write to"};
  }
  const double free_gb = static_cast<double>(space.available) / kGib;
  const auto detail = fmt::format("{:.1f} GiB free in {}", free_gb, folder.string());
  if (free_gb < kStudyDiskGb) {
    return {Verdict::warning, "disk", detail,
            fmt::format("the whole ladder's weights and graphs take {:g} GiB: make room, or give --out and "
                        "--artifacts on another disk",
                        kStudyDiskGb)};
  }
  return {Verdict::ok, "disk", detail, {}};
}

Finding check_gnuplot() {
  if (const auto program = find_program("gnuplot")) {
    return {Verdict::ok, "gnuplot", *program, {}};
  }
  return {Verdict::warning, "gnuplot", "not found",
          "--with-plots needs it: install gnuplot-nox (Debian), or gnuplot"};
}

}  // namespace inferscale::doctor
