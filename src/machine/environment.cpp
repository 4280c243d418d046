#include "machine/environment.hpp"

#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "core/sha256.hpp"

#ifndef INFERSCALE_VERSION
#define INFERSCALE_VERSION "unknown"
#endif

namespace inferscale::machine {
namespace {

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string value_after(const std::string& line, char separator) {
  const auto at = line.find(separator);
  if (at == std::string::npos) {
    return {};
  }
  const auto start = line.find_first_not_of(" \t\"", at + 1);
  const auto end = line.find_last_not_of(" \t\"");
  return start == std::string::npos || end < start ? std::string{} : line.substr(start, end - start + 1);
}

void read_processor(Environment& environment) {
  // The features that change which kernels a runtime picks.
  static const std::set<std::string> kept{"avx",      "avx2",        "fma",        "f16c",     "avx512f",
                                          "avx512bw", "avx512_vnni", "avx_vnni",   "amx_int8", "amx_bf16",
                                          "amx_tile", "avx512_bf16", "avx512_fp16"};
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0 && environment.processor.empty()) {
      environment.processor = value_after(line, ':');
    } else if (line.rfind("flags", 0) == 0 && environment.processor_features.empty()) {
      std::istringstream flags(value_after(line, ':'));
      for (std::string flag; flags >> flag;) {
        if (kept.count(flag) != 0) {
          environment.processor_features.push_back(flag);
        }
        environment.virtual_machine |= flag == "hypervisor";
      }
    }
    if (!environment.processor.empty() && !environment.processor_features.empty()) {
      return;  // the other CPUs say the same
    }
  }
}

double memory_gib() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  double kib = 0;
  in >> name >> kib;
  return kib / (1024.0 * 1024.0);
}

std::string operating_system_name() {
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("PRETTY_NAME=", 0) == 0) {
      return value_after(line, '=');
    }
  }
  return "Linux";
}

}  // namespace

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) {
        cpus.push_back(cpu);
      }
    }
  }
  if (cpus.empty()) {
    cpus.push_back(0);
  }
  return cpus;
}

namespace {
/// Package and core id: the same for hyper-threads of one core. Where the kernel does not tell (a chroot
/// without /sys), each CPU is a core of its own.
std::pair<std::string, std::string> core_of(int cpu) {
  const auto topology = fmt::format("/sys/devices/system/cpu/cpu{}/topology/", cpu);
  const std::string core = first_line(topology + "core_id");
  return {first_line(topology + "physical_package_id"), core.empty() ? fmt::format("cpu{}", cpu) : core};
}
}  // namespace

int physical_core_count() {
  std::set<std::pair<std::string, std::string>> cores;
  for (const int cpu : allowed_cpus()) {
    cores.insert(core_of(cpu));
  }
  return std::max<int>(1, static_cast<int>(cores.size()));
}

std::vector<int> cpus_for_threads(int threads) {
  std::set<std::pair<std::string, std::string>> cores;
  std::vector<int> first_of_core;
  std::vector<int> siblings;
  for (const int cpu : allowed_cpus()) {
    (cores.insert(core_of(cpu)).second ? first_of_core : siblings).push_back(cpu);
  }
  std::vector<int> cpus = std::move(first_of_core);
  cpus.insert(cpus.end(), siblings.begin(), siblings.end());
  cpus.resize(std::min(cpus.size(), static_cast<std::size_t>(std::max(threads, 0))));
  return cpus;
}

std::vector<std::string> processor_features() {
  Environment environment;
  read_processor(environment);
  return std::move(environment.processor_features);
}

Environment read_environment() {
  Environment environment;
  read_processor(environment);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  environment.hostname_hash = sha256_hex(host.data()).substr(0, 12);
  environment.logical_cpus = static_cast<int>(allowed_cpus().size());
  environment.physical_cores = physical_core_count();
  environment.memory_gb = memory_gib();
  environment.caches = read_caches();
  environment.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  environment.operating_system = operating_system_name();
  utsname kernel{};
  ::uname(&kernel);
  environment.kernel = fmt::format("{} {}", kernel.sysname, kernel.release);
  environment.glibc = ::gnu_get_libc_version();
  environment.inferscale_version = INFERSCALE_VERSION;
  environment.compiler = "g++ " __VERSION__;
  return environment;
}

Json to_json(const Environment& e) {
  Json json{{"host", e.hostname_hash},
            {"processor", e.processor},
            {"processor_features", e.processor_features},
            {"logical_cpus", e.logical_cpus},
            {"physical_cores", e.physical_cores},
            {"memory_gb", e.memory_gb},
            {"governor", e.governor},
            {"virtual_machine", e.virtual_machine},
            {"operating_system", e.operating_system},
            {"kernel", e.kernel},
            {"glibc", e.glibc},
            {"inferscale_version", e.inferscale_version},
            {"compiler", e.compiler}};
  if (Json caches = to_json(e.caches); !caches.empty()) {
    json["caches"] = std::move(caches);
  }
  return json;
}

}  // namespace inferscale::machine
