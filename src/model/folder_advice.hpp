#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace inferscale::model {

// What to tell the owner of a folder that is no model as we read them. Usage errors of one sentence, by what
// the folder holds instead: a GGUF file, a LoRA adapter, pickled weights, a download of the Hub's cache.

/// The folder has no config.json.
Error no_config_in(const std::filesystem::path& folder);

/// The folder has neither model.safetensors nor model.safetensors.index.json.
Error no_weights_in(const std::filesystem::path& folder);

/// "convert it with transformers: ..", for a GGUF file in a folder.
std::string how_to_convert_gguf(const std::filesystem::path& folder, const std::string& file);

}  // namespace inferscale::model
