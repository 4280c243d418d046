#pragma once

#include <optional>

#include "machine/gpu.hpp"

namespace inferscale::machine {

/// Keeps memory of the GPU free for engines that are built while workers load.
class GpuMemoryGuard {
 public:
  /// `needed`: both may happen here at a time. Otherwise no driver is asked anything.
  explicit GpuMemoryGuard(bool needed) : gpu_(needed ? Gpu::open() : std::nullopt) {}

  /// Half of the memory is free: a build finds enough. True where there is no GPU whose memory can be asked
  /// for.
  [[nodiscard]] bool has_room() const {
    constexpr double kFreeForBuilds = 0.5;
    return !gpu_ || gpu_->free_share() >= kFreeForBuilds;
  }

 private:
  std::optional<Gpu> gpu_;
};

}  // namespace inferscale::machine
