#include "memory_watch.hpp"

#include <algorithm>
#include <chrono>

#include "device.hpp"

namespace inferscale::tensorrt {
namespace {

constexpr std::chrono::milliseconds kInterval{10};

/// 0 when it cannot be asked.
std::size_t free_bytes() {
  return cuda_runtime() ? (*cuda_runtime())->free_bytes() : 0;
}

}  // namespace

MemoryWatch::MemoryWatch() : free_before_(free_bytes()), least_free_(free_before_) {
  thread_ = std::thread([this] {
    while (!over_) {
      look();
      std::this_thread::sleep_for(kInterval);
    }
  });
}

MemoryWatch::~MemoryWatch() {
  over_ = true;
  thread_.join();
}

void MemoryWatch::look() {
  if (const std::size_t now = free_bytes(); now > 0) {
    least_free_ = std::min(least_free_.load(), now);
  }
}

double MemoryWatch::peak_mb() const {
  return static_cast<double>(free_before_ - least_free_) / (1024.0 * 1024.0);
}

}  // namespace inferscale::tensorrt
