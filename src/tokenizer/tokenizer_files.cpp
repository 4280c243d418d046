#include "tokenizer/tokenizer_files.hpp"

#include "tokenizer/json_members.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {

std::string TokenizerFiles::place_of_merge(std::size_t rank) const {
  return fmt::format("{} {}", merges_place, rank + first_merge);
}

Result<void> read_vocabulary(const SortedJson& json, TokenizerFiles& files) {
  if (!json.is_object()) {
    return fail("{}: must be a JSON object of tokens and ids", files.vocabulary_place);
  }
  if (json.empty()) {
    return fail("{}: has no tokens", files.vocabulary_place);
  }
  files.tokens.reserve(json.size());
  for (const auto& [symbols, value] : json.items()) {
    if (!value.is_number_integer() || value < 0 || value >= kMaxVocabulary) {
      TRY(read_token_id(value, fmt::format("{}: {}", files.vocabulary_place, show(symbols))));
    }
    files.tokens.push_back({symbols, value.get<std::int32_t>()});
  }
  return {};
}

Result<void> read_added_token(const SortedJson& json, std::int32_t id, const std::string& place,
                              TokenizerFiles& files) {
  const SortedJson& content = member(json, "content");
  if (!content.is_string() || content.get_ref<const std::string&>().empty()) {
    return fail("{}: token {} has no content", place, id);
  }
  const bool special = is_true(json, "special");
  files.added.push_back({content.get<std::string>(), id, special, is_true(json, "normalized"),
                         is_true(json, "lstrip"), is_true(json, "rstrip"), is_true(json, "single_word")});
  return {};
}

tl::unexpected<Error> fail_family(std::string_view place, std::string_view what) {
  return fail("{}: this is {}, but inferscale reads only byte-pair encodings (BPE)", place, what);
}

}  // namespace inferscale::tokenizer
