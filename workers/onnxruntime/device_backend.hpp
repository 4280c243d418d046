#pragma once

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// What ONNX Runtime can be asked for, on whichever device.
class DeviceBackend : public measure::Backend,
                      public measure::Forward,
                      public measure::Activations,
                      public measure::CachedSteps {};

}  // namespace inferscale::onnxruntime
