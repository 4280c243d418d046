#pragma once

// What both bare loops need of CUDA. Nothing of inferscale.

#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bare {

inline void check(cudaError_t status) {
  if (status != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(status));
  }
}

/// Memory of the GPU, or pinned memory of the host; the process's end frees it.
inline void* device_memory(std::size_t bytes) {
  void* pointer = nullptr;
  check(cudaMalloc(&pointer, bytes));
  return pointer;
}
inline void* pinned_memory(std::size_t bytes) {
  void* pointer = nullptr;
  check(cudaHostAlloc(&pointer, bytes, cudaHostAllocDefault));
  return pointer;
}

inline std::vector<std::int32_t> make_prompt(std::int64_t tokens, std::int64_t vocabulary) {
  std::vector<std::int32_t> prompt(static_cast<std::size_t>(tokens));
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    prompt[i] = static_cast<std::int32_t>(i * 7919 % static_cast<std::size_t>(vocabulary));
  }
  return prompt;
}

/// Mean milliseconds of an iteration, and how many there were in `seconds`. One reading of the clock an
/// iteration, to know when to end.
template <class Iterate>
std::pair<double, int> time_loop(Iterate&& iterate, double seconds) {
  using Clock = std::chrono::steady_clock;
  int iterations = 0;
  const auto start = Clock::now();
  auto now = start;
  do {
    iterate();
    ++iterations;
    now = Clock::now();
  } while (std::chrono::duration<double>(now - start).count() < seconds);
  return {std::chrono::duration<double, std::milli>(now - start).count() / iterations, iterations};
}

}  // namespace bare
