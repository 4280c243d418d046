// tokenizer.json: the format of Hugging Face's tokenizers library. Only what makes it GPT-2's is accepted;
// everything else would give other ids without a word.
#include <algorithm>
#include <array>

#include "core/files.hpp"
#include "tokenizer/tokenizer_files.hpp"

namespace inferscale::tokenizer {
namespace {

/// A member, or null when it is absent.
const SortedJson& member(const SortedJson& object, const char* name) {
  static const SortedJson null;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() || !object.is_object() ? null : *found;
}

bool is_true(const SortedJson& object, const char* name) {
  return member(object, name) == true;
}

std::string type_of(const SortedJson& object) {
  const SortedJson& type = member(object, "type");
  return type.is_string() ? type.get<std::string>() : std::string();
}

/// "Sequence of Split, ByteLevel"
std::string describe(const SortedJson& component, const char* members) {
  std::string text = type_of(component);
  const SortedJson& inner = member(component, members);
  if (inner.is_array() && !inner.empty()) {
    text += " of ";
    for (const SortedJson& item : inner) {
      text += (&item == &inner.front() ? "" : ", ") + type_of(item);
    }
  }
  return show(text);
}

Result<void> check_normalizer(const SortedJson& root, const std::string& place) {
  if (const SortedJson& normalizer = member(root, "normalizer"); !normalizer.is_null()) {
    return fail_family(place, fmt::format("a tokenizer that first changes the text (normalizer {})",
                                          describe(normalizer, "normalizers")));
  }
  return {};
}

Result<void> check_pre_tokenizer(const SortedJson& root, const std::string& place) {
  const SortedJson& pre_tokenizer = member(root, "pre_tokenizer");
  if (pre_tokenizer.is_null()) {
    return fail_family(place, "BPE without a byte-level pre-tokenizer, as in SentencePiece models");
  }
  if (type_of(pre_tokenizer) != "ByteLevel") {
    return fail_family(
        place, fmt::format("BPE with another pre-tokenizer ({})", describe(pre_tokenizer, "pretokenizers")));
  }
  if (is_true(pre_tokenizer, "add_prefix_space")) {
    return fail_family(place, "a tokenizer that puts a space before the text (add_prefix_space)");
  }
  if (member(pre_tokenizer, "use_regex") == false) {
    return fail_family(place, "byte-level BPE without GPT-2's pattern (use_regex is false)");
  }
  return {};
}

/// Post-processors that add nothing to the ids: ByteLevel (offsets only), and a template of the sequence
/// alone.
Result<void> check_post_processor(const SortedJson& root, const std::string& place) {
  const SortedJson& processor = member(root, "post_processor");
  const SortedJson& items = member(processor, "single");
  const bool sequence_alone = type_of(processor) == "TemplateProcessing" && items.is_array() &&
                              items.size() == 1 && items.front().contains("Sequence");
  if (processor.is_null() || type_of(processor) == "ByteLevel" || sequence_alone) {
    return {};
  }
  return fail_family(place, fmt::format("a tokenizer that puts tokens around the text (post_processor {})",
                                        describe(processor, "processors")));
}

Result<void> check_model(const SortedJson& model, const std::string& place) {
  // Files of 2020 and before have no type; only BPE has merges.
  const std::string type = type_of(model);
  if (!type.empty() && type != "BPE") {
    return fail_family(
        place, fmt::format("a {} tokenizer{}", show(type), type == "Unigram" ? " (of SentencePiece)" : ""));
  }
  if (type.empty() && !model.contains("merges")) {
    return fail("{}: model has neither a type nor merges", place);
  }
  constexpr std::array<std::pair<const char*, std::string_view>, 2> kSubwordMarks{
      {{"continuing_subword_prefix", "##"}, {"end_of_word_suffix", "</w>"}}};
  for (const auto& [name, example] : kSubwordMarks) {
    const SortedJson& mark = member(model, name);
    const bool none = mark.is_null() || (mark.is_string() && mark.get_ref<const std::string&>().empty());
    if (!none) {
      return fail_family(place, fmt::format("BPE with a {}, such as {}", name, example));
    }
  }
  if (is_true(model, "byte_fallback")) {
    return fail_family(place, "BPE on characters with byte_fallback, as in SentencePiece models");
  }
  if (is_true(model, "ignore_merges")) {
    return fail_family(place, "BPE that looks whole words up before merging (ignore_merges), as in Llama 3");
  }
  if (const SortedJson& dropout = member(model, "dropout"); !dropout.is_null() && dropout != 0.0) {
    return fail("{}: model.dropout makes the ids random: set it to null", place);
  }
  return {};
}

/// "left right" or, since tokenizers 0.20, ["left", "right"].
Result<TokenizerFiles::Merge> read_merge(const SortedJson& json, const TokenizerFiles& files) {
  if (json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_string()) {
    return TokenizerFiles::Merge{json[0].get<std::string>(), json[1].get<std::string>()};
  }
  if (json.is_string()) {
    const auto& line = json.get_ref<const std::string&>();
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && line.find(' ', space + 1) == std::string::npos) {
      return TokenizerFiles::Merge{line.substr(0, space), line.substr(space + 1)};
    }
  }
  return fail("{}: a merge must be \"left right\" or [\"left\", \"right\"]",
              files.place_of_merge(files.merges.size()));
}

Result<void> read_added_tokens(const SortedJson& root, const std::string& place, TokenizerFiles& files) {
  const SortedJson& added = member(root, "added_tokens");
  if (!added.is_null() && !added.is_array()) {
    return fail("{}: added_tokens must be a list", place);
  }
  for (const SortedJson& token : added) {
    const std::string where = place + ": added_tokens";
    TRY_ASSIGN(const std::int32_t id, read_token_id(member(token, "id"), where));
    TRY(read_added_token(token, id, where, files));
  }
  return {};
}

}  // namespace

Result<void> read_added_token(const SortedJson& json, std::int32_t id, const std::string& place,
                              TokenizerFiles& files) {
  const SortedJson& content = member(json, "content");
  if (!content.is_string() || content.get_ref<const std::string&>().empty()) {
    return fail("{}: token {} has no content", place, id);
  }
  const auto& text = content.get_ref<const std::string&>();
  for (const char* name : {"lstrip", "rstrip", "single_word"}) {
    if (is_true(json, name)) {
      return fail_family(place, fmt::format("a tokenizer whose token {} depends on the text around it ({})",
                                            show(text), name));
    }
  }
  files.added.push_back({text, id, is_true(json, "special")});
  return {};
}

Result<TokenizerFiles> read_tokenizer_json(const std::filesystem::path& file) {
  const std::string place = file.string();
  TRY_ASSIGN(const std::string text, read_file(file));
  TRY_ASSIGN(const SortedJson root, parse_sorted_json(text, place));
  const SortedJson& model = member(root, "model");
  if (!model.is_object()) {
    return fail("{}: has no object 'model': this is not a tokenizer of Hugging Face's format", place);
  }
  TRY(check_model(model, place));
  TRY(check_normalizer(root, place));
  TRY(check_pre_tokenizer(root, place));
  TRY(check_post_processor(root, place));

  TokenizerFiles files;
  files.vocabulary_place = place + ": model.vocab";
  files.merges_place = place + ": model.merges: item";
  TRY(read_vocabulary(member(model, "vocab"), files));
  const SortedJson& merges = member(model, "merges");
  if (!merges.is_array()) {
    return fail("{}: model.merges must be a list", place);
  }
  files.merges.reserve(merges.size());
  for (const SortedJson& item : merges) {
    TRY_ASSIGN(auto merge, read_merge(item, files));
    files.merges.push_back(std::move(merge));
  }
  TRY(read_added_tokens(root, place, files));
  return files;
}

}  // namespace inferscale::tokenizer
