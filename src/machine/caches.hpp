#pragma once

#include <cstdint>
#include <filesystem>

#include "core/json.hpp"

namespace inferscale::machine {

/// Bytes of a CPU's caches; 0 where the kernel does not tell.
struct Caches {
  std::uint64_t l1d = 0, l2 = 0, l3 = 0;
};

/// Of the first CPU: those of each level that hold data.
Caches read_caches(const std::filesystem::path& folder = "/sys/devices/system/cpu/cpu0/cache");

/// {"l1d_bytes", "l2_bytes", "l3_bytes"}, those that are known.
Json to_json(const Caches& caches);

}  // namespace inferscale::machine
