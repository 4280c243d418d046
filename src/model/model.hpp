#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/config.hpp"
#include "model/weights.hpp"

namespace inferscale::model {

/// An architecture with a shape, and where its weights come from.
struct Model {
  std::string name;              ///< "gpt2", "gpt2:layers=...", or the folder's own name
  ModelConfig config;            ///< config.name == name
  std::filesystem::path folder;  ///< absolute; empty for the ladder and its shapes, whose weights are seeded

  [[nodiscard]] bool seeded() const { return folder.empty(); }
};

/// A rung of the ladder, a shape ("gpt2:layers=7,hidden=640,heads=10"), or a folder in Hugging Face layout
/// whose config.json is a GPT-2. Names win over folders: write ./gpt2 for a folder called gpt2. A folder
/// whose own name is a rung's is called "<name>-trained", so that its rows are never taken for the ladder's.
/// Only config.json is read here; the weights are checked by open_weights().
Result<Model> resolve_model(std::string_view name_or_folder);

/// Reads config.json of a Hugging Face folder. Other families, and settings of GPT-2 that change the function
/// and are not supported, are errors that name the file and the field.
Result<ModelConfig> read_hugging_face_config(const std::filesystem::path& config_file);

/// The weights of a folder model, checked: names, shapes, dtypes, sizes, and every element finite.
Result<WeightSource> open_weights(const Model& model);

/// The model's weights as one F32 safetensors file with canonical names, from which every backend's artifact
/// derives: made from the seed for the ladder (the seed is ignored otherwise), converted for a folder.
Result<void> write_weights(const Model& model, std::uint64_t seed, const std::filesystem::path& file);

}  // namespace inferscale::model
