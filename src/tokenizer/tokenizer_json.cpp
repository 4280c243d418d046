// tokenizer.json: the format of Hugging Face's tokenizers library.
#include <array>

#include "core/files.hpp"
#include "tokenizer/pipeline.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {
namespace {

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
      return fail("{}: model.{} is set (an example is {}), which inferscale does not read", place, name,
                  example);
    }
  }
  if (const SortedJson& dropout = member(model, "dropout"); !dropout.is_null() && dropout != 0.0) {
    return fail("{}: model.dropout makes the ids random: set it to null", place);
  }
  return {};
}

/// What the model does beside merging.
Result<void> read_model_options(const SortedJson& model, const std::string& place, TokenizerFiles& files) {
  if (const SortedJson& unknown = member(model, "unk_token"); !unknown.is_null()) {
    TRY_ASSIGN(files.unknown_token, read_text(model, "unk_token", place));
  }
  TRY_ASSIGN(files.fuses_unknown, read_flag(model, "fuse_unk", false, place));
  TRY_ASSIGN(files.byte_fallback, read_flag(model, "byte_fallback", false, place));
  TRY_ASSIGN(files.ignore_merges, read_flag(model, "ignore_merges", false, place));
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

Result<void> read_merges(const SortedJson& merges, const std::string& place, TokenizerFiles& files) {
  if (!merges.is_array()) {
    return fail("{}: model.merges must be a list", place);
  }
  files.merges.reserve(merges.size());
  for (const SortedJson& item : merges) {
    TRY_ASSIGN(auto merge, read_merge(item, files));
    files.merges.push_back(std::move(merge));
  }
  return {};
}

}  // namespace

Result<Pipeline> read_tokenizer_json(const std::filesystem::path& file) {
  const std::string place = file.string();
  TRY_ASSIGN(const std::string text, read_file(file));
  TRY_ASSIGN(const SortedJson root, parse_sorted_json(text, place));
  const SortedJson& model = member(root, "model");
  if (!model.is_object()) {
    return fail("{}: has no object 'model': this is not a tokenizer of Hugging Face's format", place);
  }
  TRY(check_model(model, place));
  Pipeline pipeline;
  TRY_ASSIGN(pipeline.normalizer, Normalizer::read(member(root, "normalizer"), place + ": normalizer"));
  TRY_ASSIGN(pipeline.pre_tokenizer,
             PreTokenizer::read(member(root, "pre_tokenizer"), place + ": pre_tokenizer"));
  TRY_ASSIGN(pipeline.post_processor,
             PostProcessor::read(member(root, "post_processor"), place + ": post_processor"));
  TRY_ASSIGN(pipeline.decoder, Decoder::read(member(root, "decoder"), place + ": decoder"));

  TokenizerFiles& files = pipeline.model;
  files.vocabulary_place = place + ": model.vocab";
  files.merges_place = place + ": model.merges: item";
  TRY(read_model_options(model, place + ": model", files));
  TRY(read_vocabulary(member(model, "vocab"), files));
  TRY(read_merges(member(model, "merges"), place, files));
  TRY(read_added_tokens(root, place, files));
  return pipeline;
}

}  // namespace inferscale::tokenizer
