#include "machine/cpus.hpp"

#include "machine/environment.hpp"

namespace inferscale::machine {

Result<std::vector<int>> choose_cpus(int threads) {
  const int wanted = threads == 0 ? physical_core_count() : threads;
  auto chosen = cpus_for_threads(wanted);
  if (wanted < 0 || chosen.size() < static_cast<std::size_t>(wanted)) {
    return fail_usage("threads: {} asked for, and this process may use {} CPUs", threads,
                      allowed_cpus().size());
  }
  return chosen;
}

}  // namespace inferscale::machine
