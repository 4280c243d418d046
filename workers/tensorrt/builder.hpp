#pragma once

#include "engine_options.hpp"
#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// What a backend computes in.
struct BackendPrecision {
  bool tf32 = false;  ///< matrix products of fp32 tensors may use TF32
  bool half = false;  ///< logits are computed in fp16
  bool int8 = false;  ///< the graph has Q/DQ nodes
};
BackendPrecision precision_of(const std::string& backend);

/// Builds the engine of an ONNX graph and writes it to request.engine, whole or not at all; keeps the timing
/// cache. Returns what the engine's .json says of it (docs/artifacts.md).
Result<Json> build_engine(const protocol::BuildRequest& request, const EngineOptions& options);

}  // namespace inferscale::tensorrt
