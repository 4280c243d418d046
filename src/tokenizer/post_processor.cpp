#include "tokenizer/post_processor.hpp"

#include <algorithm>

#include "tokenizer/show.hpp"
#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {
namespace {

/// The ids of {"SpecialToken": {"id": "<s>"}}, which the template's special_tokens gives.
Result<std::vector<std::int32_t>> ids_of_item(const SortedJson& processor, const SortedJson& special,
                                              const std::string& place) {
  TRY_ASSIGN(const std::string name, read_text(special, "id", place + ": SpecialToken"));
  const SortedJson& ids = member(member(member(processor, "special_tokens"), name.c_str()), "ids");
  if (!ids.is_array()) {
    return fail("{}: special_tokens has no ids of {}", place, show(name));
  }
  std::vector<std::int32_t> found;
  for (const SortedJson& id : ids) {
    TRY_ASSIGN(found.emplace_back(), read_token_id(id, place + ": " + show(name)));
  }
  return found;
}

/// {"single": [{"SpecialToken": ..}, {"Sequence": ..}], ..}
Result<PostProcessor> read_template(const SortedJson& json, const std::string& place) {
  const SortedJson& items = member(json, "single");
  PostProcessor processor;
  bool behind_text = false;
  for (const SortedJson& item : items.is_array() ? items : SortedJson::array()) {
    if (!member(item, "Sequence").is_null()) {
      if (behind_text) {
        return fail("{}: the text stands twice in its template, which inferscale does not have", place);
      }
      behind_text = true;
      continue;
    }
    TRY_ASSIGN(const auto ids, ids_of_item(json, member(item, "SpecialToken"), place));
    auto& side = behind_text ? processor.after : processor.before;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (!behind_text) {
    return fail("{}: single must be a list that holds the text (Sequence)", place);
  }
  return processor;
}

/// {"cls": ["<s>", 0], "sep": ["</s>", 2], ..}
Result<PostProcessor> read_pair(const SortedJson& json, const std::string& place) {
  PostProcessor processor;
  for (const auto& [name, side] : {std::pair("cls", &processor.before), std::pair("sep", &processor.after)}) {
    const SortedJson& token = member(json, name);
    if (!token.is_array() || token.size() != 2) {
      return fail("{}: {} must be a token and its id", place, name);
    }
    TRY_ASSIGN(side->emplace_back(), read_token_id(token[1], place + ": " + name));
  }
  return processor;
}

}  // namespace

Result<PostProcessor> PostProcessor::read(const SortedJson& json, const std::string& place) {
  TRY_ASSIGN(const auto parts, parts_of(json, "processors", place));
  PostProcessor all;
  for (const SortedJson* part : parts) {
    const std::string type = type_of(*part);
    const std::string here = place + ": " + type;
    PostProcessor one;
    if (type == "TemplateProcessing") {
      TRY_ASSIGN(one, read_template(*part, here));
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
      TRY_ASSIGN(one, read_pair(*part, here));
    } else if (type != "ByteLevel") {  // which changes offsets alone
      return fail_unknown_part(
          place, type, "post-processor",
          "TemplateProcessing, RobertaProcessing, BertProcessing, ByteLevel and Sequence");
    }
    all.before.insert(all.before.begin(), one.before.begin(), one.before.end());
    all.after.insert(all.after.end(), one.after.begin(), one.after.end());
  }
  return all;
}

std::vector<std::int32_t> PostProcessor::apply(std::vector<std::int32_t> ids, std::size_t most_tokens) const {
  const std::size_t around = before.size() + after.size();
  ids.resize(std::min(ids.size(), most_tokens - std::min(around, most_tokens)));
  ids.insert(ids.begin(), before.begin(), before.end());
  ids.insert(ids.end(), after.begin(), after.end());
  ids.resize(std::min(ids.size(), most_tokens));
  return ids;
}

}  // namespace inferscale::tokenizer
