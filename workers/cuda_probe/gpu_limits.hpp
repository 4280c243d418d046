#pragma once

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::cuda_probe {

/// What a GPU reaches at most, measured.
struct CudaLimits {
  double copy_gb_s = 0;  ///< bytes read and written by copies of 1 GiB on the device, 10^9 a second
  double fp32_gflop_s = 0, tf32_gflop_s = 0,
         fp16_gflop_s = 0;  ///< cuBLAS, square matrices; fp16 sums in fp32
};
/// {"device": "cuda", "copy_gb_s", "matmul_gflop_s": {"fp32", "tf32", "fp16"}}
Json to_json(const CudaLimits& limits);

/// Takes about half a second. Needs the CUDA runtime and cuBLAS of one major version, 13 or 12, and 3 GiB of
/// device memory; Outcome::unsupported without them.
Result<CudaLimits> measure_cuda_limits();

}  // namespace inferscale::cuda_probe
