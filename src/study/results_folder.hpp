#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "artifact/store.hpp"
#include "core/json.hpp"
#include "record/artifact_use.hpp"
#include "record/plan.hpp"
#include "record/quality_result.hpp"
#include "record/row.hpp"
#include "record/row_store.hpp"
#include "record/study_run.hpp"
#include "study/study_backend.hpp"

namespace inferscale::study {

/// environment.json: the machine with the disk of `folder`, the threads and CPUs that every worker gets, and
/// each backend's runtime and version.
Json study_environment(const std::vector<StudyBackend>& backends, std::span<const int> cpus,
                       const std::filesystem::path& folder);

/// Opens results/<label>: takes its lock, recovers its rows, and writes plan.json and environment.json. A
/// folder with rows of another plan (check_resumable), machine or runtime version is refused, and left as it
/// is. A folder without rows is begun again from nothing.
Result<record::RowStore> open_results(const std::filesystem::path& folder, const record::Plan& plan,
                                      const Json& environment);

/// What open_results() would refuse of the plan, without touching the folder; a folder without rows is
/// anybody's.
Result<void> check_results(const std::filesystem::path& folder, const record::Plan& plan);

/// failures.md: what is degraded or unsupported, by backend and reason, and which repetitions of how many;
/// and what did not pass its accuracy gate.
Result<void> write_failures(const std::filesystem::path& folder, std::span<const record::Row> rows,
                            std::span<const record::QualityResult> quality);

/// manifest.json: SHA-256 and size of every artifact the study used and of every file in its folder, and
/// which backend loaded which. What an earlier manifest says of other artifacts, pairs and models stays, and
/// so do its runs, behind which `run` comes. Call it last; a file that changes afterwards no longer matches
/// it.
Result<void> write_manifest(const std::filesystem::path& folder,
                            std::span<const artifact::Artifact> artifacts, record::StudyUses uses = {},
                            const std::optional<record::StudyRun>& run = {});

}  // namespace inferscale::study
