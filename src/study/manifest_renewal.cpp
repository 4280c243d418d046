#include "study/manifest_renewal.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "record/results_files.hpp"
#include "study/manifest_files.hpp"

namespace inferscale::study {
namespace {

/// What `report` and `analyze` make of a study, and may make again.
bool is_derived(const std::string& path) {
  return path.starts_with("processed/") || path.find("/processed/") != std::string::npos ||
         path.starts_with("plots/") || path == "report.md" || path == "report.html";
}

/// By path below the folder. One that cannot be listed has none.
std::map<std::string, FileStamp> derived_files(const std::filesystem::path& folder) {
  std::map<std::string, FileStamp> stamps;
  const auto files = listed_files(folder);
  for (const auto& file : files ? *files : std::vector<std::filesystem::path>()) {
    const std::string name = file.lexically_relative(folder).string();
    if (is_derived(name)) {
      stamps[name] = stamp_of(file);
    }
  }
  return stamps;
}

std::string path_in(const Json& entry) {
  const bool has = entry.is_object() && entry.contains("path") && entry["path"].is_string();
  return has ? entry["path"].get<std::string>() : std::string();
}

}  // namespace

ManifestRenewal::ManifestRenewal(std::filesystem::path folder)
    : folder_(std::move(folder)), before_(derived_files(folder_)) {}

Result<void> ManifestRenewal::finish() const {
  auto manifest = read_json_file(folder_ / record::kManifestFile);
  if (!manifest || !manifest->is_object() || !manifest->contains("files") ||
      !(*manifest)["files"].is_array()) {
    return {};
  }
  std::map<std::string, Json> written;
  const auto now = derived_files(folder_);
  for (const auto& [name, stamp] : now) {
    const auto before = before_.find(name);
    if (before == before_.end() || before->second != stamp) {
      TRY_ASSIGN(written[name], manifest_entry_of(folder_, folder_ / name));
    }
  }
  Json files = Json::array();
  for (const Json& known : (*manifest)["files"]) {
    const std::string name = path_in(known);
    if (const auto renewed = written.find(name); renewed != written.end()) {
      files.push_back(std::move(renewed->second));
      written.erase(renewed);
    } else if (!before_.contains(name) || now.contains(name)) {
      files.push_back(known);  // else the command removed it
    }
  }
  for (auto& [name, entry] : written) {
    files.push_back(std::move(entry));
  }
  (*manifest)["files"] = std::move(files);
  return write_file_atomic(folder_ / record::kManifestFile, to_pretty(*manifest));
}

}  // namespace inferscale::study
