#pragma once

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::machine {

/// What the GPU reaches at most, measured by inferscale-probe-cuda beside this program: {"device": "cuda",
/// "copy_gb_s", "matmul_gflop_s": {"fp32", "tf32", "fp16"}}. An error where it cannot be measured.
Result<Json> measure_gpu_limits();

}  // namespace inferscale::machine
