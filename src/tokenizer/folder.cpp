#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/files.hpp"
#include "tokenizer/byte_pair_merger.hpp"
#include "tokenizer/tokenizer_files.hpp"
#include "tokenizer/utf8.hpp"

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
      return fail_family(folder.string(), what);
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

Result<void> read_configuration(const fs::path& file, TokenizerFiles& files) {
  TRY_ASSIGN(const SortedJson json, read_sorted_json(file));
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", file.string());
  }
  if (const auto type = json.find("tokenizer_class"); type != json.end() && type->is_string()) {
    const auto& name = type->get_ref<const std::string&>();
    // vocab.json and merges.txt look alike in all of these, but their patterns and normalisation differ.
    if (name != "GPT2Tokenizer" && name != "GPT2TokenizerFast") {
      return fail_family(file.string(), fmt::format("the configuration of a {}", show(name)));
    }
  }
  if (const auto prefix = json.find("add_prefix_space"); prefix != json.end() && *prefix == true) {
    return fail_family(file.string(), "a tokenizer that puts a space before the text (add_prefix_space)");
  }
  const auto added = json.find("added_tokens_decoder");
  if (added == json.end() || !added->is_object()) {
    return {};
  }
  for (const auto& [key, value] : added->items()) {
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

Result<TokenizerFiles> read_two_files(const fs::path& folder) {
  TokenizerFiles files;
  const fs::path vocabulary = folder / "vocab.json";
  const fs::path merges = folder / "merges.txt";
  for (const auto& [missing, other] : {std::pair(vocabulary, merges), std::pair(merges, vocabulary)}) {
    if (!is_file(missing)) {
      return fail("{}: missing, and {} is of no use without it", missing.string(), other.filename().string());
    }
  }
  if (const fs::path file = folder / "tokenizer_config.json"; is_file(file)) {
    TRY(read_configuration(file, files));
  }
  if (const fs::path file = folder / "added_tokens.json"; is_file(file)) {
    TRY(read_added_tokens_file(file, files));
  }
  files.vocabulary_place = vocabulary.string();
  TRY_ASSIGN(const SortedJson json, read_sorted_json(vocabulary));
  TRY(read_vocabulary(json, files));
  TRY(read_merges(merges, files));
  return files;
}

}  // namespace

Result<TokenizerFiles> read_tokenizer_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return fail("{}: {}; give the folder that holds tokenizer.json, or vocab.json and merges.txt",
                folder.string(), fs::exists(folder, ignored) ? "not a folder" : "no such folder");
  }
  if (is_file(folder / "tokenizer.json")) {
    return read_tokenizer_json(folder / "tokenizer.json");
  }
  if (!is_file(folder / "vocab.json") && !is_file(folder / "merges.txt")) {
    return fail_without_files(folder);
  }
  return read_two_files(folder);
}

Result<std::int32_t> read_token_id(const SortedJson& json, const std::string& place) {
  if (!json.is_number_integer() || json < 0 || json >= kMaxVocabulary) {
    return fail("{}: a token's id must be an integer from 0 to {}, not {}", place, kMaxVocabulary - 1,
                json.dump(-1, ' ', false, SortedJson::error_handler_t::replace).substr(0, 60));
  }
  return json.get<std::int32_t>();
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

std::string TokenizerFiles::place_of_merge(std::size_t rank) const {
  return fmt::format("{} {}", merges_place, rank + first_merge);
}

tl::unexpected<Error> fail_family(std::string_view place, std::string_view what) {
  return fail("{}: this is {}, but inferscale reads only GPT-2's byte-level BPE", place, what);
}

std::string show(std::string_view text) {
  std::string shown = replace_invalid_utf8(text.substr(0, 60));
  std::replace_if(shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, '?');
  return fmt::format("'{}{}'", shown, text.size() > 60 ? "..." : "");
}

}  // namespace inferscale::tokenizer
