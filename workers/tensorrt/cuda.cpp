#include "cuda.hpp"

#include <algorithm>

namespace inferscale::tensorrt {

Result<void> check(cudaError_t status, std::string_view what) {
  if (status == cudaSuccess) {
    return {};
  }
  [[maybe_unused]] const auto cleared = cudaGetLastError();
  const bool memory = status == cudaErrorMemoryAllocation;
  return fail_as(memory ? Outcome::out_of_memory : Outcome::error, "CUDA failed at {}: {} ({})", what,
                 cudaGetErrorString(status), cudaGetErrorName(status));
}

Result<DeviceBuffer> allocate_device(std::size_t bytes) {
  void* pointer = nullptr;
  TRY(check(cudaMalloc(&pointer, std::max<std::size_t>(bytes, 1)),
            fmt::format("allocating {} MiB of GPU memory", bytes >> 20U)));
  return DeviceBuffer{std::unique_ptr<void, DeviceFree>(pointer), bytes};
}

Result<PinnedBuffer> allocate_pinned(std::size_t bytes) {
  void* pointer = nullptr;
  TRY(check(cudaHostAlloc(&pointer, std::max<std::size_t>(bytes, 1), cudaHostAllocDefault),
            fmt::format("allocating {} MiB of pinned host memory", bytes >> 20U)));
  return PinnedBuffer{std::unique_ptr<void, PinnedFree>(pointer), bytes};
}

Result<Stream> make_stream() {
  cudaStream_t stream = nullptr;
  TRY(check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream"));
  return Stream(stream);
}

}  // namespace inferscale::tensorrt
