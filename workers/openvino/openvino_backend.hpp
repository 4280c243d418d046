#pragma once

#include <memory>

#include "measure/backend.hpp"

namespace inferscale::openvino {

/// OpenVINO on the CPU: `openvino-cpu`, fp32 (its own default may be bf16 where the processor has it).
std::unique_ptr<measure::Backend> make_openvino_backend();

}  // namespace inferscale::openvino
