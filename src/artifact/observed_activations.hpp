#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "artifact/calibration.hpp"

namespace inferscale::artifact {

/// One activation over all samples.
struct ObservedActivation {
  std::string name;
  double largest = 0;                ///< magnitude
  std::vector<std::int64_t> counts;  ///< kHistogramBins bins from 0 to `largest`; empty without histograms
};

struct ObservedActivations {
  std::string runtime;  ///< "ONNX Runtime 1.32.0", or "ONNX Runtime 1.32.0, CUDA"
  std::vector<ObservedActivation> activations;
};

/// Runs a graph that was exported with ExportSettings::observed over the samples, in batches of
/// kCalibrationBatch, in one worker: a pass for the ranges and, with `histograms`, another that counts. On
/// the GPU where the runner has one, and if anything fails there, all over again on the CPU. Errors as
/// WorkerSession's; Outcome::unsupported without a worker.
Result<ObservedActivations> observe_activations(const model::Model& model, const std::filesystem::path& graph,
                                                const std::vector<std::vector<std::int32_t>>& samples,
                                                bool histograms, const CalibrationRunner& runner);

}  // namespace inferscale::artifact
