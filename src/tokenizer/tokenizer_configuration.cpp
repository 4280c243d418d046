// What tokenizer_config.json decides, whatever file the vocabulary is in.
#include <algorithm>

#include "tokenizer/pipeline.hpp"
#include "tokenizer/show.hpp"

namespace inferscale::tokenizer {
namespace {

/// "bos_token" is a string, or {"content": ..}, or null; "" when there is none.
std::string content_of(const SortedJson& token) {
  const SortedJson& content = token.is_object() ? member(token, "content") : token;
  return content.is_string() ? content.get<std::string>() : std::string();
}

Result<std::vector<std::int32_t>> ids_of(const SortedJson& json, const char* flag, const char* name,
                                         const std::string& place, const TokenizerFiles& model) {
  TRY_ASSIGN(const bool wanted, read_flag(json, flag, false, place));
  const std::string content = content_of(member(json, name));
  if (!wanted || content.empty()) {
    return std::vector<std::int32_t>{};
  }
  const auto added = std::find_if(model.added.begin(), model.added.end(),
                                  [&](const AddedToken& token) { return token.content == content; });
  if (added != model.added.end()) {
    return std::vector<std::int32_t>{added->id};
  }
  const auto token = std::find_if(model.tokens.begin(), model.tokens.end(),
                                  [&](const TokenizerFiles::Token& t) { return t.symbols == content; });
  if (token != model.tokens.end()) {
    return std::vector<std::int32_t>{token->id};
  }
  return fail("{}: {} is {}, which is not in {}", place, name, show(content), model.vocabulary_place);
}

}  // namespace

Result<void> apply_configuration(const SortedJson& json, const std::string& place, Pipeline& pipeline) {
  if (member(json, "add_bos_token").is_null() && member(json, "add_eos_token").is_null()) {
    return {};
  }
  TRY_ASSIGN(pipeline.post_processor.before,
             ids_of(json, "add_bos_token", "bos_token", place, pipeline.model));
  TRY_ASSIGN(pipeline.post_processor.after,
             ids_of(json, "add_eos_token", "eos_token", place, pipeline.model));
  return {};
}

}  // namespace inferscale::tokenizer
