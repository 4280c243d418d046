#pragma once

#include <string_view>

#include "core/outcome.hpp"

namespace inferscale::worker {

/// What a GPU runtime's message means. CUDA and what is built on it report most failures as a general error:
/// its words are all there is. A full device is `out_of_memory`; a missing library, driver or kernel, or
/// versions that do not go together, `unsupported`; anything else `otherwise`.
Outcome classify_gpu_error(std::string_view message, Outcome otherwise);

}  // namespace inferscale::worker
