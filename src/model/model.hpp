#pragma once

#include <filesystem>
#include <string>

#include "model/spec.hpp"
#include "model/weights.hpp"

namespace inferscale::model {

/// An architecture with a shape, and where its weights come from.
struct Model {
  std::string name;              ///< "gpt2", "gpt2:layers=...", or the folder's own name
  DecoderSpec config;            ///< config.name == name
  std::filesystem::path folder;  ///< absolute; empty for the ladder and its shapes, whose weights are seeded

  [[nodiscard]] bool seeded() const { return folder.empty(); }
};

/// What a perplexity is worth: of random weights it says nothing about language.
inline constexpr std::string_view kTrainedWeights = "trained";
inline constexpr std::string_view kRandomWeights = "random";
/// "random" for weights made from a seed: the ladder's, its shapes', and those of a folder whose file is one
/// that write_seeded_weights() made (its header says so). A folder's are else taken to be trained.
std::string_view weights_origin(const Model& model);

/// The weights of a folder model, checked: names, shapes, dtypes, sizes, and every element finite. What is
/// wrong is a usage error.
Result<WeightSource> open_weights(const Model& model);

/// The model's weights as one F32 safetensors file with canonical names, from which every backend's artifact
/// derives: made from the seed for the ladder (the seed is ignored otherwise), converted for a folder.
Result<void> write_weights(const Model& model, std::uint64_t seed, const std::filesystem::path& file);

}  // namespace inferscale::model
