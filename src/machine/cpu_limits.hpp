#pragma once

#include <span>

#include "core/json.hpp"

namespace inferscale::machine {

/// What the CPU reaches at most on these CPUs, a pinned thread each: {"device": "cpu", "copy_gb_s",
/// "read_gb_s", "matmul_gflop_s": {"fp32"}}. Copies: memcpy of buffers far larger than a cache, bytes read
/// and written; reads: sums over such a buffer; each the best of a few passes. Matrix products: a
/// register-blocked kernel of fp32 multiply-adds on panels in the first-level cache, the best of a few
/// passes; so what the vector units can do, not what a library reaches. Takes about half a second.
Json measure_cpu_limits(std::span<const int> cpus);

}  // namespace inferscale::machine
