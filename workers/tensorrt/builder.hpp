#pragma once

#include "engine_options.hpp"
#include "measure/backend.hpp"

namespace inferscale::tensorrt {

/// Builds the engine of an ONNX graph and writes it to request.engine, whole or not at all; keeps the timing
/// cache. Returns what the engine's .json says of it (docs/reference/artifacts.md).
Result<Json> build_engine(const protocol::BuildRequest& request, const EngineOptions& options);

}  // namespace inferscale::tensorrt
