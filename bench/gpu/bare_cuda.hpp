#pragma once

// What both bare loops on a GPU need of CUDA. Nothing of inferscale.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <stdexcept>
#include <string>

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

}  // namespace bare
