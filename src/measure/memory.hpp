#pragma once

#include <cstddef>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::measure {

/// This process's resident memory now (VmRSS) and at its highest so far (VmHWM), MiB; from /proc/self/status.
struct ProcessMemory {
  double resident_mb = 0;
  double peak_mb = 0;
};
ProcessMemory read_process_memory();

/// Outcome::out_of_memory, with both numbers, for more than the system says that it has left (MemAvailable of
/// /proc/meminfo). `what` is named as who needs it.
Result<void> check_fits_in_memory(std::size_t bytes, std::string_view what);

}  // namespace inferscale::measure
