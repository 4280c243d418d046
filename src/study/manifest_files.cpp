#include "study/manifest_files.hpp"

#include <algorithm>

#include "core/sha256.hpp"
#include "record/results_files.hpp"

namespace inferscale::study {
namespace {

bool belongs_into_manifest(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  return !name.starts_with('.') &&
         name != record::kManifestFile;  // .lock, and temporary files of an atomic write
}

}  // namespace

Result<std::vector<std::filesystem::path>> listed_files(const std::filesystem::path& folder) {
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

Json manifest_entry(const std::string& path, std::uint64_t bytes, const std::string& sha256) {
  Json json = Json::object();
  json["path"] = path;
  json["bytes"] = bytes;
  json["sha256"] = sha256;
  return json;
}

Result<Json> manifest_entry_of(const std::filesystem::path& folder, const std::filesystem::path& file) {
  TRY_ASSIGN(const std::string sha256, sha256_file(file));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    return fail("cannot read '{}': {}", file.string(), error.message());
  }
  return manifest_entry(file.lexically_relative(folder).string(), bytes, sha256);
}

}  // namespace inferscale::study
