#pragma once

#include <filesystem>
#include <string_view>

#include "core/json.hpp"

namespace inferscale::record {

constexpr const char* kPlanFile = "plan.json";
constexpr const char* kEnvironmentFile = "environment.json";
constexpr const char* kManifestFile = "manifest.json";

/// A JSON file of a results folder; null when it is not there, for a folder of rows alone is enough.
Result<Json> read_if_there(const std::filesystem::path& file);

/// Writes results/LABEL/`name` ("processed/overall.json") whole or not at all. A folder on the way that is a
/// symbolic link is refused: what lies behind it is another's.
Result<void> write_result(const std::filesystem::path& results_dir, const std::filesystem::path& name,
                          std::string_view content);
Result<void> refuse_linked_folders(const std::filesystem::path& results_dir,
                                   const std::filesystem::path& folder);

/// The `artifacts` of the folder's manifest.json. Empty when there is none, or it is damaged: it is made anew
/// at the end of a study, from what is there.
Json listed_artifacts(const std::filesystem::path& folder);

}  // namespace inferscale::record
