#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "tokenizer/byte_alphabet.hpp"

namespace inferscale::test {

/// A byte-level vocabulary made by hand: bytes are tokens 0 to 255, then the merges, then <|endoftext|>.
struct TinyVocabulary {
  std::vector<std::pair<std::string, std::string>> merges{
      {"l", "l"},      {"h", "e"}, {"he", "ll"},      {"hell", "o"},
      {"\u0120", "w"}, {"o", "r"}, {"\u0120w", "or"}, {"\u0120", "\u0120"}};
  static constexpr std::int32_t kHello = 259;
  static constexpr std::int32_t kSpaceWor = 262;
  static constexpr std::int32_t kTwoSpaces = 263;
  static constexpr std::int32_t kEndOfText = 264;

  [[nodiscard]] Json tokens() const {
    Json tokens = Json::object();
    for (const std::string& symbol : tokenizer::byte_symbols()) {
      tokens[symbol] = tokens.size();
    }
    for (const auto& [left, right] : merges) {
      tokens[left + right] = tokens.size();
    }
    tokens["<|endoftext|>"] = tokens.size();
    return tokens;
  }

  [[nodiscard]] std::string merge_lines() const {
    std::string lines = "#version: 0.2\n";
    for (const auto& [left, right] : merges) {
      lines += left + " " + right + "\n";
    }
    return lines;
  }

  /// tokenizer.json as transformers 5 writes it for GPT-2.
  [[nodiscard]] Json tokenizer_json() const {
    Json items = Json::array();
    for (const auto& [left, right] : merges) {
      items.push_back({left, right});
    }
    const Json byte_level{
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens",
             {{{"id", kEndOfText},
               {"content", "<|endoftext|>"},
               {"single_word", false},
               {"lstrip", false},
               {"rstrip", false},
               {"normalized", false},
               {"special", true}}}},
            {"normalizer", nullptr},
            {"pre_tokenizer", byte_level},
            {"post_processor", byte_level},
            {"decoder", byte_level},
            {"model",
             {{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", nullptr},
              {"continuing_subword_prefix", ""},
              {"end_of_word_suffix", ""},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"ignore_merges", false},
              {"vocab", tokens()},
              {"merges", items}}}};
  }

  void write_two_files(const std::filesystem::path& folder) const {
    write(folder / "vocab.json", tokens().dump());
    write(folder / "merges.txt", merge_lines());
  }

  static void write(const std::filesystem::path& file, std::string_view content) {
    std::ofstream(file, std::ios::binary) << content;
  }
};

}  // namespace inferscale::test
