#pragma once

#include <string>

namespace inferscale::tensorrt {

/// The GPU that this process would run on: CUDA's device 0 (CUDA_VISIBLE_DEVICES chooses).
struct Device {
  std::string name;                 ///< "NVIDIA H200"
  std::string architecture;         ///< "sm_90"
  std::string unavailable_because;  ///< empty when there is one and the driver is new enough
};

/// Asked once a process. Makes no CUDA context.
const Device& device();

/// "10.6.0": of the library that is loaded, not of the headers.
std::string library_version();

/// What an engine depends on beside its request: it runs on no other TensorRT and no other GPU.
std::string engine_key();

}  // namespace inferscale::tensorrt
