#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "model/family.hpp"

namespace inferscale::family {

/// All families. The first is GPT-2, which names without a family mean.
const std::vector<const model::Family*>& families();

const model::Family& gpt2();
const model::Family& opt();
const model::Family& llama();
const model::Family& qwen2();
const model::Family& qwen3();

/// Reads config.json of a Hugging Face folder. Families that are not in the list, and settings that change
/// the function and are not supported, are errors that name the file and the field.
Result<model::DecoderSpec> read_hugging_face_config(const std::filesystem::path& config_file);

/// Reads what model::to_json() wrote: how manifests and messages keep a shape.
Result<model::DecoderSpec> spec_from_json(const Json& json, const std::string& place);

}  // namespace inferscale::family

namespace inferscale::model {
using family::read_hugging_face_config;
}
