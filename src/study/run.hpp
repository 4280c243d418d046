#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "artifact/store.hpp"
#include "study/prepared_study.hpp"

namespace inferscale::study {

struct RunSummary {
  std::filesystem::path folder;  ///< results/<label>
  std::size_t planned = 0;       ///< repetitions in the plan
  std::size_t resumed = 0;       ///< of those, finished by an earlier run
  std::size_t ok = 0, unsupported = 0, degraded = 0;
  std::size_t gates_failed = 0;  ///< pairs of model and backend that fail their accuracy gate
  bool cancelled = false;
  std::vector<artifact::Artifact> artifacts;
};

/// plan -> artifacts -> workers -> store, and then accuracy (accuracy.hpp); where the plan lets workers
/// load side by side, accuracy comes beside the artifacts. Measures what the results folder does not have
/// yet; every repetition gives a row, whatever becomes of its worker. An error means that the study itself
/// cannot go on (full disk, another plan under this label, a broken model folder); rows written until then
/// are kept, and the same call resumes.
Result<RunSummary> run_study(const PreparedStudy& study, const RunOptions& options);

}  // namespace inferscale::study
