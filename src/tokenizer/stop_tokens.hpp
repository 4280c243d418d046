#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/error.hpp"

namespace inferscale::tokenizer {

/// The tokens with which the model of a folder ends a text: `eos_token_id` of generation_config.json, else of
/// config.json, a number or a list of them. None where neither says it. An error for a file that is no JSON.
Result<std::vector<std::int32_t>> stop_tokens(const std::filesystem::path& folder);

}  // namespace inferscale::tokenizer
