#pragma once

#include <memory>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// ONNX Runtime on a GPU: `onnxruntime-gpu` (fp32, TF32 off) and `onnxruntime-gpu-fp16`.
std::unique_ptr<measure::Backend> make_onnxruntime_cuda_backend();

}  // namespace inferscale::onnxruntime
