#include "measure/memory.hpp"

#include <fstream>
#include <string>

namespace inferscale::measure {

ProcessMemory read_process_memory() {
  ProcessMemory memory;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    const auto value_mb = [&](std::size_t name_length) {
      return std::strtod(line.c_str() + name_length, nullptr) / 1024.0;
    };
    if (line.starts_with("VmHWM:")) {
      memory.peak_mb = value_mb(6);
    } else if (line.starts_with("VmRSS:")) {
      memory.resident_mb = value_mb(6);
    }
  }
  return memory;
}

Result<void> check_fits_in_memory(std::size_t bytes, std::string_view what) {
  constexpr std::string_view kName = "MemAvailable:";
  std::ifstream meminfo("/proc/meminfo");
  std::string line;
  while (std::getline(meminfo, line)) {
    const double left_mb =
        line.starts_with(kName) ? std::strtod(line.c_str() + kName.size(), nullptr) / 1024.0 : 0;
    const double needed_mb = static_cast<double>(bytes) / (1 << 20);
    if (left_mb > 0 && needed_mb > left_mb) {
      return fail_as(Outcome::out_of_memory, "{} needs {:.0f} MiB, and {:.0f} MiB are left", what, needed_mb,
                     left_mb);
    }
  }
  return {};
}

}  // namespace inferscale::measure
