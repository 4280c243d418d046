#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

namespace inferscale::tensorrt {

/// How much GPU memory is in use at most while it lives, beyond what was in use before: looks at the device's
/// free memory every 10 ms, so other processes on it count too.
class MemoryWatch {
 public:
  MemoryWatch();
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  [[nodiscard]] double peak_mb() const;

 private:
  void look();
  std::size_t free_before_ = 0;
  std::atomic<std::size_t> least_free_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace inferscale::tensorrt
