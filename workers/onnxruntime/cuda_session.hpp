#pragma once

#include <onnxruntime_cxx_api.h>

#include "measure/backend.hpp"
#include "placement.hpp"

namespace inferscale::onnxruntime {

struct CudaSession {
  Ort::Session session{nullptr};
  bool captures = false;  ///< it records a CUDA graph a shape
  std::string no_capture_because;
  Placement placement;
};

/// A session on the CUDA provider, which works on `stream`: TF32 off, every graph optimisation, CUDA graphs
/// where the graph allows them (every node on the GPU but those that compute shapes). The plan's options:
/// "cuda.NAME" is the provider's NAME, others the session's. Throws Ort::Exception.
/// `half`: the graph's tensors are fp16 or bf16.
CudaSession open_cuda_session(const protocol::LoadRequest& request, bool half, void* stream);

}  // namespace inferscale::onnxruntime
