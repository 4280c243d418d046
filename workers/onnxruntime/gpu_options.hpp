#pragma once

#include <map>
#include <string>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// Options by name, as ONNX Runtime takes them.
using OptionTexts = std::map<std::string, std::string>;

/// Of the CUDA provider: the first device, TF32 off, CUDA graphs as asked, and the plan's "cuda.NAME".
OptionTexts cuda_provider_options(const protocol::LoadRequest& request, bool capture);

/// Of the session: the plan's others. A model in `half` (fp16 or bf16) whose MLP is an odd number of values
/// wide is run without FastGelu: that kernel takes halves in pairs and leaves out the last of an odd number,
/// which is the last token's (onnxruntime/contrib_ops/cuda/bert/fast_gelu_impl.cu; seen with 1.31.1 on an
/// H200).
OptionTexts cuda_session_options(const protocol::LoadRequest& request, bool half);

}  // namespace inferscale::onnxruntime
