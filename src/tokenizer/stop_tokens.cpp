#include "tokenizer/stop_tokens.hpp"

#include <system_error>

#include "core/files.hpp"
#include "core/json.hpp"

namespace inferscale::tokenizer {

Result<std::vector<std::int32_t>> stop_tokens(const std::filesystem::path& folder) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(folder / name, ignored)) {
      continue;
    }
    TRY_ASSIGN(const Json json, read_json_file(folder / name));
    const auto found = json.is_object() ? json.find("eos_token_id") : json.end();
    if (!json.is_object() || found == json.end() || found->is_null()) {
      continue;
    }
    std::vector<std::int32_t> tokens;
    for (const Json& token : found->is_array() ? *found : Json::array({*found})) {
      if (token.is_number_integer()) {
        tokens.push_back(token.get<std::int32_t>());
      }
    }
    return tokens;
  }
  return std::vector<std::int32_t>();
}

}  // namespace inferscale::tokenizer
