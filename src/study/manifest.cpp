#include <algorithm>

#include "record/results_files.hpp"
#include "study/manifest_files.hpp"
#include "study/results_folder.hpp"

namespace inferscale::study {
namespace {

/// Artifacts that an earlier run of this study used. A resumed run does not touch all of them again.
Json artifacts_of_earlier_runs(const std::filesystem::path& folder, std::span<const artifact::Artifact> now) {
  Json kept = Json::array();
  for (const auto& artifact : record::listed_artifacts(folder)) {
    const bool replaced = std::any_of(now.begin(), now.end(), [&](const artifact::Artifact& other) {
      return artifact.is_object() && artifact.value("path", Json()) == other.path.string();
    });
    if (!replaced) {
      kept.push_back(artifact);
    }
  }
  return kept;
}

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) {
    list.push_back(to_json(item));
  }
  return list;
}

}  // namespace

Result<void> write_manifest(const std::filesystem::path& folder,
                            std::span<const artifact::Artifact> artifacts, record::StudyUses uses,
                            const std::optional<record::StudyRun>& run) {
  const auto earlier = read_json_file(folder / record::kManifestFile);  // damaged: as if there were none
  uses = merge(std::move(uses), record::uses_of(earlier ? *earlier : Json()));
  Json manifest = Json::object();
  manifest["schema_version"] = 1;
  manifest["artifacts"] = artifacts_of_earlier_runs(folder, artifacts);
  for (const auto& artifact : artifacts) {
    manifest["artifacts"].push_back(manifest_entry(artifact.path.string(), artifact.bytes, artifact.sha256));
  }
  manifest["uses"] = list_of(uses.uses);
  manifest["models"] = list_of(uses.models);
  auto runs = record::runs_of(earlier ? *earlier : Json());
  if (run) {
    runs.push_back(*run);
  }
  if (!runs.empty()) {
    manifest["runs"] = list_of(runs);
  }
  manifest["files"] = Json::array();
  TRY_ASSIGN(const auto files, listed_files(folder));
  for (const auto& file : files) {
    TRY_ASSIGN(Json one, manifest_entry_of(folder, file));
    manifest["files"].push_back(std::move(one));
  }
  return write_file_atomic(folder / record::kManifestFile, to_pretty(manifest));
}

}  // namespace inferscale::study
