#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "client/executor.hpp"
#include "model/model.hpp"
#include "onnx/quantization.hpp"
#include "protocol/measurement.hpp"
#include "protocol/requests.hpp"
#include "record/schedule.hpp"
#include "study/study_backend.hpp"

namespace inferscale::study {

/// What a backend loads for a model.
struct Inputs {
  std::filesystem::path artifact;                        ///< empty when it loads none
  std::filesystem::path weights;                         ///< empty when it loads none
  std::optional<KnownOutcome> known_outcome;             ///< why there is no artifact
  std::optional<onnx_graph::Quantization> quantization;  ///< of an int8 graph
};

/// Why no worker is to be started for a pair; null when it runs.
inline const KnownOutcome* known_outcome(const StudyBackend& backend, const Inputs& inputs) {
  return backend.known_outcome  ? &*backend.known_outcome
         : inputs.known_outcome ? &*inputs.known_outcome
                                : nullptr;
}

/// Everything that one repetition needs, and nothing that changes from one to the next.
struct RepetitionSettings {
  const record::Plan* plan = nullptr;
  std::vector<int> cpus;            ///< one a thread
  std::function<bool()> cancelled;  ///< asked at least every 50 ms; true ends the worker
  client::Executor* executor = nullptr;
  std::optional<protocol::LogitsScope> logits =
      std::nullopt;  ///< what workers return; none: as the plan says
};

/// The row's identity and description, without a result (Outcome::error).
record::Row empty_row(const record::Repetition& repetition, const model::Model& model,
                      const StudyBackend& backend, const RepetitionSettings& settings);

/// What a worker is asked to load.
protocol::LoadRequest make_load_request(const model::Model& model, const StudyBackend& backend,
                                        const Inputs& inputs, const RepetitionSettings& settings);

/// Is this what was asked for? Shape, number and range of the tokens, iterations, and latencies that a clock
/// can have given. Otherwise Outcome::invalid_output.
Result<void> check_measurement(const protocol::Measurement& measurement,
                               const protocol::MeasureRequest& request, protocol::LogitsScope logits,
                               int vocabulary);

}  // namespace inferscale::study
