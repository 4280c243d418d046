#pragma once

#include <filesystem>
#include <optional>

#include "core/error.hpp"

namespace inferscale::model {

// What to tell the owner of a folder that is no model as we read them. Usage errors of one sentence, by what
// the folder holds instead: a GGUF file, a LoRA adapter, pickled weights, a download of the Hub's cache.

/// The folder has no config.json.
Error no_config_in(const std::filesystem::path& folder);

/// The folder has neither model.safetensors nor model.safetensors.index.json.
Error no_weights_in(const std::filesystem::path& folder);

/// A symbolic link to what is not there: names in the Hub's cache are links to blobs, and a copy of the
/// folder alone has none. Nothing for any other file, nor where there is none.
std::optional<Error> leads_nowhere(const std::filesystem::path& file);

/// "convert it with transformers: ..", for a GGUF file in a folder.
std::string how_to_convert_gguf(const std::filesystem::path& folder, const std::string& file);

}  // namespace inferscale::model
