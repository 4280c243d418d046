#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "model/safetensors.hpp"

namespace inferscale::model {

/// What lists the files of a folder whose weights lie in several.
inline constexpr const char* kShardIndexFile = "model.safetensors.index.json";

using SafetensorsFiles = std::vector<std::shared_ptr<const SafetensorsFile>>;

/// Opens the safetensors files of a model: one *.safetensors file, the shards that a *.index.json lists
/// ("weight_map": tensor -> file beside it; every tensor of the shards must be listed and be where the list
/// says), or what a folder has of model.safetensors and model.safetensors.index.json.
Result<SafetensorsFiles> open_safetensors_files(const std::filesystem::path& file_or_folder);

}  // namespace inferscale::model
