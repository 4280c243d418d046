#pragma once

namespace inferscale::measure {

/// This process's resident memory now (VmRSS) and at its highest so far (VmHWM), MiB; from /proc/self/status.
struct ProcessMemory {
  double resident_mb = 0;
  double peak_mb = 0;
};
ProcessMemory read_process_memory();

}  // namespace inferscale::measure
