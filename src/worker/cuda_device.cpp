#include <array>
#include <cstddef>
#include <cstring>

#include "worker/cuda_runtime.hpp"

namespace inferscale::worker {
namespace {

// cudaError_t and cudaDeviceAttr of driver_types.h.
constexpr int kInsufficientDriver = 35;
constexpr int kNoDevice = 100;
constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;

/// cudaDeviceProp begins with the name in every release, and is smaller than this in each.
constexpr std::size_t kPropertiesBytes = 16384;
constexpr std::size_t kNameBytes = 256;

std::string cuda_version(int number) {
  return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

}  // namespace

std::string CudaRuntime::no_device_because(int code) const {
  if (code == kNoDevice) {
    return "there is no NVIDIA GPU here, or CUDA_VISIBLE_DEVICES hides it";
  }
  if (code != kInsufficientDriver) {
    return fmt::format("CUDA finds no GPU: {}", call_.error_string(code));
  }
  int driver = 0;
  int runtime = 0;
  call_.driver_version(&driver);
  call_.runtime_version(&runtime);
  if (driver == 0) {
    return "there is no NVIDIA driver here (libcuda.so.1 cannot be loaded)";
  }
  return fmt::format(
      "the NVIDIA driver goes up to CUDA {}, and this worker's runtime needs CUDA {}: install a newer driver",
      cuda_version(driver), cuda_version(runtime));
}

Result<CudaDevice> CudaRuntime::first_device() const {
  int count = 0;
  int code = call_.device_count(&count);
  if (code == 0 && count == 0) {
    code = kNoDevice;
  }
  alignas(std::max_align_t) std::array<char, kPropertiesBytes> properties{};
  int major = 0;
  int minor = 0;
  if (code == 0) {
    code = call_.device_properties(properties.data(), 0);
  }
  if (code == 0) {
    code = call_.device_attribute(&major, kComputeCapabilityMajor, 0);
  }
  if (code == 0) {
    code = call_.device_attribute(&minor, kComputeCapabilityMinor, 0);
  }
  if (code != 0) {
    [[maybe_unused]] const int cleared = call_.last_error();
    return fail_as(Outcome::unsupported, "{}", no_device_because(code));
  }
  return CudaDevice{{properties.data(), ::strnlen(properties.data(), kNameBytes)},
                    fmt::format("sm_{}{}", major, minor)};
}

}  // namespace inferscale::worker
