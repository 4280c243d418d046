#pragma once

#include <filesystem>
#include <vector>

#include "core/json.hpp"

namespace inferscale::study {

/// Every file of a results folder that its manifest lists, in the order of names.
Result<std::vector<std::filesystem::path>> listed_files(const std::filesystem::path& folder);

/// An entry of the manifest.
Json manifest_entry(const std::string& path, std::uint64_t bytes, const std::string& sha256);
Result<Json> manifest_entry_of(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace inferscale::study
