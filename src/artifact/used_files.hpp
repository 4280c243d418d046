#pragma once

#include <filesystem>
#include <string>

#include "artifact/model_files.hpp"
#include "record/artifact_use.hpp"

namespace inferscale::artifact {

/// What a study's manifest says of the files that a backend loads for a model, by the .json of each artifact;
/// the mode is left to the caller. `root`: the store's, which paths are relative to.
record::ArtifactUse use_of(const ModelFiles& files, const std::filesystem::path& root);

}  // namespace inferscale::artifact
