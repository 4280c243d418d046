#include <algorithm>

#include "core/sha256.hpp"
#include "record/results_files.hpp"
#include "study/results_folder.hpp"

namespace inferscale::study {
namespace {

bool belongs_into_manifest(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  return !name.starts_with('.') &&
         name != record::kManifestFile;  // .lock, and temporary files of an atomic write
}

Result<std::vector<std::filesystem::path>> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_regular_file(error) && belongs_into_manifest(entry->path())) {
      files.push_back(entry->path());
    }
  }
  if (error) {
    return fail("cannot list '{}': {}", folder.string(), error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json entry(const std::string& path, std::uint64_t bytes, const std::string& sha256) {
  Json json = Json::object();
  json["path"] = path;
  json["bytes"] = bytes;
  json["sha256"] = sha256;
  return json;
}

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

/// What `report` and `analyze` make of a study, and may make again.
bool is_derived(const std::string& path) {
  return path.starts_with("processed/") || path.find("/processed/") != std::string::npos ||
         path.starts_with("plots/") || path == "report.md" || path == "report.html";
}

Result<Json> entry_of(const std::filesystem::path& folder, const std::filesystem::path& file) {
  TRY_ASSIGN(const std::string sha256, sha256_file(file));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    return fail("cannot read '{}': {}", file.string(), error.message());
  }
  return entry(file.lexically_relative(folder).string(), bytes, sha256);
}

}  // namespace

Result<void> renew_manifest(const std::filesystem::path& folder) {
  auto manifest = read_json_file(folder / record::kManifestFile);
  if (!manifest || !manifest->is_object() || !manifest->contains("files") ||
      !(*manifest)["files"].is_array()) {
    return {};
  }
  Json files = Json::array();
  for (const auto& known : (*manifest)["files"]) {
    if (known.is_object() && !is_derived(known.value("path", std::string()))) {
      files.push_back(known);
    }
  }
  TRY_ASSIGN(const auto all, files_below(folder));
  for (const auto& file : all) {
    if (is_derived(file.lexically_relative(folder).string())) {
      TRY_ASSIGN(Json renewed, entry_of(folder, file));
      files.push_back(std::move(renewed));
    }
  }
  (*manifest)["files"] = std::move(files);
  return write_file_atomic(folder / record::kManifestFile, to_pretty(*manifest));
}

Result<void> write_manifest(const std::filesystem::path& folder,
                            std::span<const artifact::Artifact> artifacts, record::StudyUses uses,
                            const std::optional<record::StudyRun>& run) {
  const auto earlier = read_json_file(folder / record::kManifestFile);  // damaged: as if there were none
  uses = merge(std::move(uses), record::uses_of(earlier ? *earlier : Json()));
  Json manifest = Json::object();
  manifest["schema_version"] = 1;
  manifest["artifacts"] = artifacts_of_earlier_runs(folder, artifacts);
  for (const auto& artifact : artifacts) {
    manifest["artifacts"].push_back(entry(artifact.path.string(), artifact.bytes, artifact.sha256));
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
  TRY_ASSIGN(const auto files, files_below(folder));
  for (const auto& file : files) {
    TRY_ASSIGN(Json one, entry_of(folder, file));
    manifest["files"].push_back(std::move(one));
  }
  return write_file_atomic(folder / record::kManifestFile, to_pretty(manifest));
}

}  // namespace inferscale::study
