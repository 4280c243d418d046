#pragma once

#include <memory>

#include "device_backend.hpp"

namespace inferscale::onnxruntime {

/// ONNX Runtime on a GPU: `onnxruntime-gpu` (fp32, TF32 off), `onnxruntime-gpu-fp16` and `-bf16`.
std::unique_ptr<DeviceBackend> make_onnxruntime_cuda_backend();

}  // namespace inferscale::onnxruntime
