#pragma once

#include <memory>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// Every backend that ONNX Runtime serves, on CPU and GPU: which one is decided by load().
std::unique_ptr<measure::Backend> make_any_onnxruntime_backend();

}  // namespace inferscale::onnxruntime
