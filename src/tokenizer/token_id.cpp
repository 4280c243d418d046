#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {

Result<std::int32_t> read_token_id(const SortedJson& json, const std::string& place) {
  if (!json.is_number_integer() || json < 0 || json >= kMaxVocabulary) {
    return fail("{}: a token's id must be an integer from 0 to {}, not {}", place, kMaxVocabulary - 1,
                json.dump(-1, ' ', false, SortedJson::error_handler_t::replace).substr(0, 60));
  }
  return json.get<std::int32_t>();
}

}  // namespace inferscale::tokenizer
