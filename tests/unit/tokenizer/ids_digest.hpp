#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/sha256.hpp"

namespace inferscale::test {

/// SHA-256 of ids as little-endian 32-bit integers.
inline std::string digest_of(std::span<const std::int32_t> ids) {
  std::string bytes;
  for (const std::int32_t id : ids) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes += static_cast<char>(static_cast<std::uint32_t>(id) >> shift);
    }
  }
  return sha256_hex(bytes);
}

}  // namespace inferscale::test
