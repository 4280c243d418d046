#pragma once

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::onnxruntime {

/// The outputs of a graph beside its logits, fp32, for calibration. Wherever the session computes, they come
/// to the host's memory, and stay there until the next run.
class ObservedOutputs {
 public:
  /// Throws Ort::Exception. An error for a graph that has the logits alone.
  Result<std::vector<measure::ActivationView>> run(Ort::Session& session, const protocol::TokenBatch& tokens);

 private:
  std::vector<std::string> names_;
  std::vector<std::int32_t> ids_;
  std::vector<Ort::Value> values_;
};

}  // namespace inferscale::onnxruntime
