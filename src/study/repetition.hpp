#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "client/executor.hpp"
#include "model/model.hpp"
#include "protocol/measurement.hpp"
#include "protocol/requests.hpp"
#include "record/schedule.hpp"
#include "study/study_backend.hpp"

namespace inferscale {

/// What a backend loads for a model.
struct Inputs {
  std::filesystem::path artifact;  ///< empty when it loads none
  std::filesystem::path weights;   ///< empty when it loads none
  /// Why there is no artifact for it; then its rows have this outcome and message.
  std::optional<Error> not_made;
};

/// Everything that one repetition needs, and nothing that changes from one to the next.
struct RepetitionSettings {
  const Plan* plan = nullptr;
  std::vector<int> cpus;            ///< one a thread
  std::function<bool()> cancelled;  ///< asked at least every 50 ms; true ends the worker
  Executor* executor = nullptr;
};

/// The row's identity and description, without a result (Outcome::error).
Row empty_row(const Repetition& repetition, const Model& model, const StudyBackend& backend,
              const RepetitionSettings& settings);

/// What a worker is asked to load.
LoadRequest make_load_request(const Model& model, const StudyBackend& backend, const Inputs& inputs,
                              const RepetitionSettings& settings);

/// Is this what was asked for? Shape, number and range of the tokens, iterations, and latencies that a clock
/// can have given. Otherwise Outcome::invalid_output.
Result<void> check_measurement(const Measurement& measurement, const MeasureRequest& request,
                               LogitsScope logits, int vocabulary);

}  // namespace inferscale
