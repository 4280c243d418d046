#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "artifact/calibration_samples.hpp"
#include "artifact/histogram_limit.hpp"
#include "artifact/store.hpp"
#include "client/executor.hpp"

namespace inferscale::artifact {

/// Raise it when the same samples would give other limits.
constexpr int kCalibrationVersion = 1;
constexpr int kCalibrationBatch = 8;
constexpr int kHistogramBins = 2048;

struct CalibrationSettings {
  CalibrationMethod method = CalibrationMethod::max;
  double percentile = 99.99;  ///< of CalibrationMethod::percentile
};

/// Who runs the model.
struct CalibrationRunner {
  std::filesystem::path worker;     ///< inferscale-worker-onnxruntime; empty: there is none, because ...
  std::string unavailable_because;  ///< ... of this
  /// Its backend onnxruntime-gpu runs here, and may be used: it is asked first, and the CPU if that fails.
  bool gpu = false;
  std::vector<int> cpus;  ///< one a thread
  std::function<bool()> cancelled = [] { return false; };
  client::Executor* executor = &client::local_executor();
};

/// <root>/<model>/calib/<method>-<key>.json: for each activation that int8 quantises, the magnitude that 127
/// stands for (docs/explanation/accuracy.md lists the fields). The key is of the model, its weights, the
/// samples, the corpus and the settings: found again when all are the same, made otherwise, by running the
/// fp32 graph in the onnxruntime worker: one pass over the samples for the ranges, and a second for
/// histograms unless the method is max. Progress goes to the log. `weights` is store.weights() of the model.
/// Outcome::unsupported without a worker.
Result<Artifact> calibrate(ArtifactStore& store, const model::Model& model, const Artifact& weights,
                           const CalibrationSamples& samples, const CalibrationSettings& settings,
                           const CalibrationRunner& runner);

/// The limits that such a file holds, by activation.
Result<std::map<std::string, float>> read_limits(const std::filesystem::path& file);

}  // namespace inferscale::artifact
