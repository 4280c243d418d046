#pragma once

#include <vector>

#include "core/error.hpp"

namespace inferscale::machine {

/// The CPUs for a worker of `threads` threads, one a thread: one of each physical core first, their siblings
/// only then. 0 threads: one a physical core. Of the CPUs that this process may use; the same choice every
/// time, so every backend of a study runs on the same ones. More threads than CPUs is a usage error.
Result<std::vector<int>> choose_cpus(int threads);

}  // namespace inferscale::machine
