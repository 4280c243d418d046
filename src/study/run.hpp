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
  std::size_t gates_failed = 0;           ///< pairs of model and backend that fail their accuracy gate
  std::size_t accuracy_not_measured = 0;  ///< pairs that gave no answer to judge
  bool cancelled = false;
  std::vector<artifact::Artifact> artifacts;
};

/// plan -> artifacts -> workers -> store, and then accuracy (accuracy.hpp). Where the plan lets several
/// workers load at a time, accuracy is checked while artifacts are made. Measures what the results folder
/// does not have yet. Every repetition gives a row, and a worker that dies gives one too. An error means that
/// the study itself cannot go on (full disk, another plan under this label, a broken model folder). Rows that
/// were written are kept, and the same call resumes.
Result<RunSummary> run_study(const PreparedStudy& study, const RunOptions& options);

}  // namespace inferscale::study
