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

}  // namespace inferscale::measure
