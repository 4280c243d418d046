#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/registry.hpp"
#include "record/plan.hpp"
#include "study/known_outcome.hpp"

namespace inferscale::study {

/// A backend of the plan, as it stands on this machine.
struct StudyBackend {
  std::string variant;         ///< "new"; empty: the backend as it is
  protocol::BackendInfo info;  ///< what is known, even where the backend cannot run
  std::string runtime;
  std::string runtime_version;
  client::WorkerProgram worker;
  /// Where the backend cannot run: not installed, not of the study's device, or no answer (`timeout`).
  std::optional<KnownOutcome> known_outcome = std::nullopt;

  /// In the plan: "onnxruntime-cpu", or "onnxruntime-cpu@new" of a variant.
  [[nodiscard]] std::string name() const { return record::name_in_plan(info.name, variant); }
  [[nodiscard]] bool can_run() const { return !known_outcome; }
};

/// One for each name in plan.backends; workers of variants are asked, in that order. A name that the registry
/// does not know is a usage error, there and in plan.backend_options.
Result<std::vector<StudyBackend>> resolve_backends(const record::Plan& plan,
                                                   const client::Registry& registry);

/// The backend that accuracy is compared with: the first of onnxruntime-cpu, transformers-cpu and
/// openvino-cpu that can run here, in the plan or not; else the plan's first fp32 backend that loads a model;
/// or none.
std::optional<StudyBackend> choose_reference(const std::vector<StudyBackend>& backends,
                                             const client::Registry& registry);

/// The fp32 backend that computes an int8 graph's integers as floats (exact_int8.hpp): onnxruntime-cpu or
/// openvino-cpu, in the plan or not; or none.
std::optional<StudyBackend> choose_exact(const client::Registry& registry);

}  // namespace inferscale::study
