// Which files a model folder has its tokenizer in; vocab.json and merges.txt with the files beside them.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/files.hpp"
#include "tokenizer/pipeline.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The folder has neither kind of file that we read: say what it has instead.
tl::unexpected<Error> fail_without_files(const fs::path& folder) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOthers{{
      {"tokenizer.model", "a SentencePiece tokenizer (tokenizer.model)"},
      {"spiece.model", "a SentencePiece tokenizer (spiece.model)"},
      {"sentencepiece.bpe.model", "a SentencePiece tokenizer (sentencepiece.bpe.model)"},
      {"vocab.txt", "a WordPiece tokenizer (vocab.txt)"},
      {"tiktoken.model", "a tiktoken vocabulary (tiktoken.model)"},
  }};
  for (const auto& [name, what] : kOthers) {
    if (is_file(folder / name)) {
      return fail(
          "{}: this is {}, which inferscale does not read: put the model's tokenizer.json into the folder",
          folder.string(), what);
    }
  }
  return fail(
      "{}: no tokenizer here: put tokenizer.json, or vocab.json and merges.txt, into the folder, or name "
      "another folder",
      folder.string());
}

Result<SortedJson> read_sorted_json(const fs::path& file) {
  TRY_ASSIGN(const std::string text, read_file(file));
  return parse_sorted_json(text, file.string());
}

Result<void> read_merges(const fs::path& file, TokenizerFiles& files) {
  TRY_ASSIGN(const std::string text, read_file(file));
  files.merges_place = file.string() + ": line";
  files.first_merge = 1;
  std::string_view rest = text;
  if (rest.starts_with("#version")) {
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    files.first_merge = 2;
  }
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty() && rest.empty()) {
      break;
    }
    const std::size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string_view::npos) {
      return fail("{}: a merge must be two tokens with a space between them, not {}",
                  files.place_of_merge(files.merges.size()), show(line));
    }
    files.merges.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  }
  return {};
}

/// {"<|pad|>": 50257}: written by older versions of transformers.
Result<void> read_added_tokens_file(const fs::path& file, TokenizerFiles& files) {
  TRY_ASSIGN(const SortedJson json, read_sorted_json(file));
  if (!json.is_object()) {
    return fail("{}: must be a JSON object of tokens and ids", file.string());
  }
  for (const auto& [content, value] : json.items()) {
    TRY_ASSIGN(const std::int32_t id,
               read_token_id(value, fmt::format("{}: {}", file.string(), show(content))));
    TRY(read_added_token(SortedJson{{"content", content}, {"special", true}}, id, file.string(), files));
  }
  return {};
}

Result<void> check_class(const SortedJson& json, const fs::path& file) {
  const SortedJson& type = member(json, "tokenizer_class");
  // vocab.json and merges.txt look alike in all of these, but their patterns and normalisation differ.
  if (type.is_string() && type != "GPT2Tokenizer" && type != "GPT2TokenizerFast") {
    return fail(
        "{}: vocab.json and merges.txt are of a {}, which only tokenizer.json describes: put it into the "
        "folder",
        file.string(), show(type.get_ref<const std::string&>()));
  }
  if (is_true(json, "add_prefix_space")) {
    return fail(
        "{}: add_prefix_space is true, which is read from tokenizer.json only: put it into the folder",
        file.string());
  }
  return {};
}

Result<void> read_added_tokens_decoder(const SortedJson& json, const fs::path& file, TokenizerFiles& files) {
  const SortedJson& added = member(json, "added_tokens_decoder");
  if (!added.is_object()) {
    return {};
  }
  for (const auto& [key, value] : added.items()) {
    const std::string place = fmt::format("{}: added_tokens_decoder: {}", file.string(), show(key));
    std::int32_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc{} || end != key.data() + key.size()) {
      return fail("{}: the key must be a token's id", place);
    }
    TRY_ASSIGN(id, read_token_id(SortedJson(id), place));
    TRY(read_added_token(value, id, place, files));
  }
  return {};
}

/// tokenizer_config.json as an object; an empty one where there is no such file.
Result<SortedJson> read_configuration(const fs::path& folder) {
  const fs::path file = folder / "tokenizer_config.json";
  if (!is_file(file)) {
    return SortedJson::object();
  }
  TRY_ASSIGN(SortedJson json, read_sorted_json(file));
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", file.string());
  }
  return json;
}

/// GPT-2's pipeline, as nothing in these files says another.
Result<Pipeline> read_two_files(const fs::path& folder, const SortedJson& configuration) {
  const fs::path vocabulary = folder / "vocab.json";
  const fs::path merges = folder / "merges.txt";
  for (const auto& [missing, other] : {std::pair(vocabulary, merges), std::pair(merges, vocabulary)}) {
    if (!is_file(missing)) {
      return fail("{}: missing, and {} is of no use without it", missing.string(), other.filename().string());
    }
  }
  Pipeline pipeline;
  TRY_ASSIGN(pipeline.pre_tokenizer, PreTokenizer::byte_level_alone());
  TokenizerFiles& files = pipeline.model;
  files.two_files = true;
  TRY(check_class(configuration, folder / "tokenizer_config.json"));
  TRY(read_added_tokens_decoder(configuration, folder / "tokenizer_config.json", files));
  if (const fs::path file = folder / "added_tokens.json"; is_file(file)) {
    TRY(read_added_tokens_file(file, files));
  }
  files.vocabulary_place = vocabulary.string();
  TRY_ASSIGN(const SortedJson json, read_sorted_json(vocabulary));
  TRY(read_vocabulary(json, files));
  TRY(read_merges(merges, files));
  return pipeline;
}

}  // namespace

Result<Pipeline> read_tokenizer_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return fail("{}: {}; give the folder that holds tokenizer.json, or vocab.json and merges.txt",
                folder.string(), fs::exists(folder, ignored) ? "not a folder" : "no such folder");
  }
  const fs::path one_file = folder / "tokenizer.json";
  if (!is_file(one_file) && !is_file(folder / "vocab.json") && !is_file(folder / "merges.txt")) {
    return fail_without_files(folder);
  }
  TRY_ASSIGN(const SortedJson configuration, read_configuration(folder));
  TRY_ASSIGN(Pipeline pipeline,
             is_file(one_file) ? read_tokenizer_json(one_file) : read_two_files(folder, configuration));
  TRY(apply_configuration(configuration, (folder / "tokenizer_config.json").string(), pipeline));
  return pipeline;
}

}  // namespace inferscale::tokenizer
