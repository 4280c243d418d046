#include "quality/corpus.hpp"

#include <algorithm>
#include <array>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::quality {
namespace {

constexpr std::size_t kMaxCorpusBytes = 1U << 30U;  // twice WikiText-103

/// The characters of Python's str.isspace(), in UTF-8 (Unicode's bidirectional types WS, B and S, or category
/// Zs).
constexpr std::array<std::string_view, 29> kSpaces{
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

std::size_t space_at_start(std::string_view text) {
  const auto* found = std::find_if(kSpaces.begin(), kSpaces.end(),
                                   [&](std::string_view space) { return text.starts_with(space); });
  return found == kSpaces.end() ? 0 : found->size();
}

std::size_t space_at_end(std::string_view text) {
  const auto* found = std::find_if(kSpaces.begin(), kSpaces.end(),
                                   [&](std::string_view space) { return text.ends_with(space); });
  return found == kSpaces.end() ? 0 : found->size();
}

Result<void> check_is_text(std::string_view text, const std::string& place) {
  constexpr const char* kAdvice = "a corpus is text in UTF-8";
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    return fail_usage("{}: this is a binary file (byte {} is zero); {}", place, zero, kAdvice);
  }
  if (const auto valid = tokenizer::valid_utf8_prefix(text); valid != text.size()) {
    return fail_usage("{}: byte {} is not part of a UTF-8 character; {}", place, valid, kAdvice);
  }
  return {};
}

}  // namespace

std::string_view strip(std::string_view text) {
  for (std::size_t length = space_at_start(text); length != 0; length = space_at_start(text)) {
    text.remove_prefix(length);
  }
  for (std::size_t length = space_at_end(text); length != 0; length = space_at_end(text)) {
    text.remove_suffix(length);
  }
  return text;
}

Result<Corpus> read_corpus(const std::filesystem::path& file, std::size_t max_lines) {
  const std::string place = fmt::format("corpus '{}'", file.string());
  auto content = read_input(file, kMaxCorpusBytes);
  if (!content) {
    return fail_usage("corpus: {}", content.error().message);
  }
  const std::string_view text = *content;
  TRY(check_is_text(text, place));
  Corpus corpus;
  corpus.file = file;
  corpus.sha256 = sha256_hex(text);
  std::size_t begin = 0;
  while (begin < text.size() && (max_lines == 0 || corpus.lines.size() < max_lines)) {
    const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    if (const auto line = strip(text.substr(begin, end - begin)); !line.empty()) {
      corpus.lines.emplace_back(line);
    }
    begin = end + 1;  // the \n of \r\n ends an empty line, which is dropped
  }
  if (corpus.lines.empty()) {
    return fail_usage("{}: {}; give a text file", place,
                      text.empty() ? "the file is empty" : "it holds nothing but white space");
  }
  return corpus;
}

std::vector<std::vector<std::int32_t>> tokenise_lines(const Corpus& corpus,
                                                      const tokenizer::Tokenizer& tokenizer, int max_tokens) {
  std::vector<std::vector<std::int32_t>> sequences;
  sequences.reserve(corpus.lines.size());
  for (const auto& line : corpus.lines) {
    sequences.push_back(tokenizer.encode_for_model(line, static_cast<std::size_t>(std::max(max_tokens, 0))));
  }
  return sequences;
}

std::size_t predicted_tokens(const std::vector<std::vector<std::int32_t>>& sequences) {
  std::size_t count = 0;
  for (const auto& ids : sequences) {
    count += ids.empty() ? 0 : ids.size() - 1;
  }
  return count;
}

}  // namespace inferscale::quality
