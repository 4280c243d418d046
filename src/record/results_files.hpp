#pragma once

#include <filesystem>

#include "core/json.hpp"

namespace inferscale::record {

constexpr const char* kPlanFile = "plan.json";
constexpr const char* kEnvironmentFile = "environment.json";
constexpr const char* kManifestFile = "manifest.json";

/// A JSON file of a results folder; null when it is not there, for a folder of rows alone is enough.
Result<Json> read_if_there(const std::filesystem::path& file);

/// The `artifacts` of the folder's manifest.json. Empty when there is none, or it is damaged: it is made anew
/// at the end of a study, from what is there.
Json listed_artifacts(const std::filesystem::path& folder);

}  // namespace inferscale::record
