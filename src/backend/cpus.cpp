#include "backend/cpus.hpp"

#include <fstream>
#include <set>
#include <string>
#include <utility>

#include "core/environment.hpp"

namespace inferscale {
namespace {

/// Package and core id, which siblings share; unique for a CPU whose topology is not known.
std::pair<std::string, std::string> core_of(int cpu) {
  const auto read = [&](const char* name) {
    std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/{}", cpu, name));
    std::string value;
    return file >> value ? value : fmt::format("cpu{}", cpu);
  };
  return {read("physical_package_id"), read("core_id")};
}

}  // namespace

Result<std::vector<int>> choose_cpus(int threads) {
  std::vector<int> chosen;
  std::vector<int> siblings;
  std::set<std::pair<std::string, std::string>> cores;
  for (const int cpu : allowed_cpus()) {
    (cores.insert(core_of(cpu)).second ? chosen : siblings).push_back(cpu);
  }
  if (threads == 0) {
    return chosen;
  }
  chosen.insert(chosen.end(), siblings.begin(), siblings.end());
  if (threads < 0 || static_cast<std::size_t>(threads) > chosen.size()) {
    return fail_usage("threads: {} asked for, and this process may use {} CPUs", threads, chosen.size());
  }
  chosen.resize(static_cast<std::size_t>(threads));
  return chosen;
}

}  // namespace inferscale
