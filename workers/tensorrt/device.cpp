#include "device.hpp"

#include <NvInferRuntime.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

namespace inferscale::tensorrt {
namespace {

constexpr int kCudaMajor = CUDART_VERSION / 1000;

Result<worker::CudaDevice> find_device() {
  const auto& cuda = cuda_runtime();
  return cuda ? (*cuda)->first_device() : Result<worker::CudaDevice>(tl::unexpected(cuda.error()));
}

}  // namespace

const Result<std::shared_ptr<const worker::CudaRuntime>>& cuda_runtime() {
  static const auto opened = worker::CudaRuntime::open(kCudaMajor);
  return opened;
}

const Result<worker::CudaDevice>& device() {
  static const auto found = find_device();
  return found;
}

std::string library_version() {
  return fmt::format("{}.{}.{}", getInferLibMajorVersion(), getInferLibMinorVersion(),
                     getInferLibPatchVersion());
}

std::string engine_key() {
  return device()
             ? fmt::format("TensorRT {}, {}, {}", library_version(), device()->name, device()->architecture)
             : std::string();
}

}  // namespace inferscale::tensorrt
