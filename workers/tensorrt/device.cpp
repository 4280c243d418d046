#include "device.hpp"

#include <NvInferRuntime.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

namespace inferscale::tensorrt {
namespace {

std::string cuda_version(int number) {
  return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

std::string reason(cudaError_t status) {
  if (status == cudaErrorInsufficientDriver) {
    int driver = 0;
    int runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    if (driver == 0) {
      return "there is no NVIDIA driver here (libcuda.so.1 cannot be loaded)";
    }
    return fmt::format(
        "the NVIDIA driver goes up to CUDA {}, and this worker was built with CUDA {}: install "
        "a newer driver",
        cuda_version(driver), cuda_version(runtime));
  }
  if (status == cudaErrorNoDevice) {
    return "there is no NVIDIA GPU here, or CUDA_VISIBLE_DEVICES hides it";
  }
  return fmt::format("CUDA finds no GPU: {} ({})", cudaGetErrorString(status), cudaGetErrorName(status));
}

Device find_device() {
  Device found;
  int count = 0;
  const auto counted = cudaGetDeviceCount(&count);
  if (counted != cudaSuccess || count == 0) {
    found.unavailable_because = reason(counted == cudaSuccess ? cudaErrorNoDevice : counted);
    return found;
  }
  cudaDeviceProp properties{};
  if (const auto asked = cudaGetDeviceProperties(&properties, 0); asked != cudaSuccess) {
    found.unavailable_because = reason(asked);
    return found;
  }
  found.name = properties.name;
  found.architecture = fmt::format("sm_{}{}", properties.major, properties.minor);
  return found;
}

}  // namespace

const Device& device() {
  static const Device found = find_device();
  return found;
}

std::string library_version() {
  return fmt::format("{}.{}.{}", getInferLibMajorVersion(), getInferLibMinorVersion(),
                     getInferLibPatchVersion());
}

std::string engine_key() {
  return fmt::format("TensorRT {}, {}, {}", library_version(), device().name, device().architecture);
}

}  // namespace inferscale::tensorrt
