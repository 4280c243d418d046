#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "artifact/calibration.hpp"
#include "client/executor.hpp"
#include "record/plan.hpp"
#include "record/schedule.hpp"
#include "study/model_backend.hpp"
#include "study/study_backend.hpp"
#include "study/study_corpus.hpp"

namespace inferscale::study {

/// Where things go, and who does the work; the plan says what is measured.
struct RunOptions {
  std::filesystem::path results_root = "results";
  std::filesystem::path artifacts_root = "artifacts";
  bool force_export = false;
  bool force_engines = false;
  std::function<bool()> cancelled = [] { return false; };  ///< asked often; true ends the study in order
  client::Executor* executor = &client::local_executor();
};

/// What a study will do: the plan with everything resolved, its order, and what cannot run here.
struct PreparedStudy {
  record::Plan plan;  ///< label, threads and canonical model names filled in; what plan.json holds
  std::vector<model::Model> models;
  std::vector<StudyBackend> backends;  ///< in the plan's order
  std::vector<record::Repetition> order;
  std::vector<int> cpus;
  std::optional<StudyBackend> reference;    ///< what accuracy is compared with; none when none can run here
  std::optional<StudyBackend> exact;        ///< computes int8 graphs' integers as floats
  std::vector<ModelCorpus> corpora;         ///< for each model; empty without a corpus
  artifact::CalibrationRunner calibration;  ///< of int8 graphs

  /// By its name, which must be one of the study's.
  [[nodiscard]] const model::Model& model_of(const ModelBackend& pair) const;
  /// By its name, which must be one of the study's or the reference's.
  [[nodiscard]] const StudyBackend& backend_of(const ModelBackend& pair) const;
  /// Which of a backend's files a mode loads: the place of its group among protocol::mode_groups. 0, the
  /// default mode's, for a backend that is not of the plan.
  [[nodiscard]] std::size_t files_of(const std::string& backend, protocol::Mode mode) const;
};

/// The pairs that these repetitions are of, each once: models and backends in the study's order.
std::vector<ModelBackend> pairs_of(const PreparedStudy& study,
                                   const std::vector<record::Repetition>& repetitions);

/// Resolves models, backends, threads and CPUs, and orders the repetitions; starts nothing but workers that
/// variants name, to ask them. Errors are wrong usage: unknown models or backends, more threads than CPUs.
Result<PreparedStudy> prepare_study(record::Plan plan, const client::Registry& registry);

}  // namespace inferscale::study
