#pragma once

#include <onnxruntime_cxx_api.h>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// The process's ONNX Runtime environment; its log goes to stderr, errors only.
Ort::Env& ort_environment();

/// A session on the CPU provider with every graph optimisation, `threads` intra-op threads (the calling
/// thread is one of them) and one operator at a time. Throws Ort::Exception.
Ort::Session open_cpu_session(const protocol::LoadRequest& request);

}  // namespace inferscale::onnxruntime
