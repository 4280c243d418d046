#pragma once

#include <optional>

#include "machine/gpu.hpp"

namespace inferscale::machine {

/// The GPU on which workers may load while engines are built on it.
class GpuRoom {
 public:
  /// `meet`: that may happen here; otherwise no driver is asked anything.
  explicit GpuRoom(bool meet) : gpu_(meet ? Gpu::open() : std::nullopt) {}

  /// Half of its memory is free, so that no build goes in want of it. True where there is no GPU whose memory
  /// can be asked for.
  [[nodiscard]] bool has_room() const {
    constexpr double kFreeBesideBuilds = 0.5;
    return !gpu_ || gpu_->free_share() >= kFreeBesideBuilds;
  }

 private:
  std::optional<Gpu> gpu_;
};

}  // namespace inferscale::machine
