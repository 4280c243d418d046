#pragma once

#include <memory>

#include "backend/backend.hpp"

namespace inferscale {

/// ONNX Runtime on the CPU: `onnxruntime-cpu`, fp32.
std::unique_ptr<Backend> make_onnxruntime_backend();

}  // namespace inferscale
