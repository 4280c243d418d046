#pragma once

#include <memory>

#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// TensorRT on the GPU: tensorrt-fp32, -tf32, -fp16 and -int8, each from an engine that build() makes.
std::unique_ptr<measure::Backend> make_tensorrt_backend();

}  // namespace inferscale::tensorrt
