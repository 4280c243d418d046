#pragma once

#include <optional>

#include "core/gpu.hpp"

namespace inferscale {

/// Whether workers may load on this GPU while engines are being built on it: half of its memory is free, so
/// that no build goes in want of it. True where there is no GPU whose memory can be asked for.
inline bool gpu_has_room(const std::optional<Gpu>& gpu) {
  constexpr double kFreeBesideBuilds = 0.5;
  return !gpu || gpu->free_share() >= kFreeBesideBuilds;
}

}  // namespace inferscale
