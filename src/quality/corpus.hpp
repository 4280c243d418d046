#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "tokenizer/tokenizer.hpp"

namespace inferscale::quality {

/// A text file as TR118 reads it: its lines stripped, empty ones dropped.
struct Corpus {
  std::filesystem::path file;
  std::string sha256;  ///< of the whole file
  std::vector<std::string> lines;
};

constexpr std::size_t kCorpusLines = 1000;  ///< of the perplexity protocol
constexpr int kSampleTokens = 128;          ///< a line is cut to this many

/// Reads the first `max_lines` lines (0: all) that hold more than white space. Lines end with \n, \r\n or \r;
/// white space at both ends goes, as with Python's str.strip(). Errors: no file, an empty one, and what is
/// not text: a zero byte, or bytes that are not UTF-8 (the place is named).
Result<Corpus> read_corpus(const std::filesystem::path& file, std::size_t max_lines = kCorpusLines);

/// Each line's ids, tokenised alone with the tokens that the tokenizer puts around a text (a beginning of
/// sequence), and cut to `max_tokens` with these. Lines of one token stay: they predict nothing.
std::vector<std::vector<std::int32_t>> tokenise_lines(const Corpus& corpus,
                                                      const tokenizer::Tokenizer& tokenizer,
                                                      int max_tokens = kSampleTokens);

/// How many tokens the sequences predict: all but each one's first.
std::size_t predicted_tokens(const std::vector<std::vector<std::int32_t>>& sequences);

/// Without the characters at both ends for which Python's str.isspace() is true. `text` must be UTF-8.
std::string_view strip(std::string_view text);

}  // namespace inferscale::quality
