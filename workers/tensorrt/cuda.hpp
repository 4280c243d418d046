#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tensorrt {

/// Outcome::out_of_memory for a failed allocation, else Outcome::error; the message has CUDA's words. Clears
/// the error, so that the next call does not report it again.
Result<void> check(cudaError_t status, std::string_view what);

struct DeviceFree {
  void operator()(void* pointer) const noexcept { cudaFree(pointer); }
};
struct PinnedFree {
  void operator()(void* pointer) const noexcept { cudaFreeHost(pointer); }
};

/// Memory of the GPU, or host memory that it can copy to and from without a detour.
template <class Free>
struct Buffer {
  std::unique_ptr<void, Free> data;
  std::size_t bytes = 0;
};
using DeviceBuffer = Buffer<DeviceFree>;
using PinnedBuffer = Buffer<PinnedFree>;

Result<DeviceBuffer> allocate_device(std::size_t bytes);
Result<PinnedBuffer> allocate_pinned(std::size_t bytes);

struct StreamDestroy {
  void operator()(cudaStream_t stream) const noexcept { cudaStreamDestroy(stream); }
};
struct GraphExecDestroy {
  void operator()(cudaGraphExec_t graph) const noexcept { cudaGraphExecDestroy(graph); }
};
using Stream = std::unique_ptr<std::remove_pointer_t<cudaStream_t>, StreamDestroy>;
using GraphExec = std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, GraphExecDestroy>;

Result<Stream> make_stream();

}  // namespace inferscale::tensorrt
