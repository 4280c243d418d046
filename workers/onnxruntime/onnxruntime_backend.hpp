#pragma once

#include <memory>

#include "device_backend.hpp"

namespace inferscale::onnxruntime {

/// ONNX Runtime on the CPU: `onnxruntime-cpu` (fp32), and the fp16 and int8 graphs as `onnxruntime-cpu-fp16`
/// and `onnxruntime-cpu-int8`.
std::unique_ptr<DeviceBackend> make_onnxruntime_backend();

}  // namespace inferscale::onnxruntime
