#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "artifact/calibration.hpp"
#include "artifact/store.hpp"
#include "client/executor.hpp"
#include "record/plan.hpp"
#include "record/schedule.hpp"
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

struct RunSummary {
  std::filesystem::path folder;  ///< results/<label>
  std::size_t planned = 0;       ///< repetitions in the plan
  std::size_t resumed = 0;       ///< of those, finished by an earlier run
  std::size_t ok = 0, unsupported = 0, degraded = 0;
  std::size_t gates_failed = 0;  ///< pairs of model and backend that fail their accuracy gate
  bool cancelled = false;
  std::vector<artifact::Artifact> artifacts;
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
};

/// Resolves models, backends, threads and CPUs, and orders the repetitions; starts nothing.
/// Errors are wrong usage: unknown models or backends, more threads than CPUs.
Result<PreparedStudy> prepare_study(record::Plan plan, const client::Registry& registry);

/// plan -> artifacts -> workers -> store, and then accuracy (study_quality.hpp); where the plan lets workers
/// load side by side, accuracy comes beside the artifacts. Measures what the results folder does not have
/// yet; every repetition gives a row, whatever becomes of its worker. An error means that the study itself
/// cannot go on (full disk, another plan under this label, a broken model folder); rows written until then
/// are kept, and the same call resumes.
Result<RunSummary> run_study(const PreparedStudy& study, const RunOptions& options);

}  // namespace inferscale::study
