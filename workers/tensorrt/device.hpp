#pragma once

#include <memory>
#include <string>

#include "worker/cuda_runtime.hpp"

namespace inferscale::tensorrt {

/// Of the CUDA release that this worker was built with: TensorRT's own. Opened once a process.
const Result<std::shared_ptr<const worker::CudaRuntime>>& cuda_runtime();

/// The GPU that this process would run on. Asked once a process, without making a CUDA context.
/// Outcome::unsupported where there is none, or its driver is too old.
const Result<worker::CudaDevice>& device();

/// "10.6.0": of the library that is loaded, not of the headers.
std::string library_version();

/// What an engine depends on beside its request: it runs on no other TensorRT and no other GPU. Empty without
/// a GPU.
std::string engine_key();

}  // namespace inferscale::tensorrt
