#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tokenizer {

/// What PCRE2 needs to remember of one search. One thread uses it at a time, for any number of patterns.
class PatternScratch {
 public:
  PatternScratch();
  PatternScratch(const PatternScratch&) = delete;
  PatternScratch& operator=(const PatternScratch&) = delete;
  ~PatternScratch();

 private:
  friend class Pattern;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A pattern that text is cut or changed by, with the meaning that it has in Hugging Face's tokenizers
/// (Oniguruma's syntax, Unicode 16's tables). Safe to use from several threads, each with its own scratch.
class Pattern {
 public:
  enum class Engine { compiled, interpreted };

  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// Machine code where this system allows it, or PCRE2's interpreter (5 to 10 times slower, same matches).
  /// The error names what in the pattern is not read (pattern_syntax.hpp).
  static Result<Pattern> compile(std::string_view pattern, Engine preferred = Engine::compiled);
  /// Characters of a class, given by its members in PCRE2's syntax.
  static Result<Pattern> character_of(std::string_view members);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// The first match at or after `from`, which is at the start of a character or at the end; false when there
  /// is none. The text must be valid UTF-8. Throws std::bad_alloc, which is all that can go wrong.
  bool find(std::string_view text, std::size_t from, PatternScratch& scratch, Match& match) const;

  /// Calls take(begin, end, is_match) for all matches of the text in order, which may be empty, and for the
  /// stretches between them, which are not.
  template <class Take>
  void for_each_part(std::string_view text, PatternScratch& scratch, Take take) const;

 private:
  struct Code;
  explicit Pattern(std::unique_ptr<Code> code);
  static Result<Pattern> make(const std::string& pcre2_text, std::string_view shown, Engine preferred,
                              bool anchored);
  std::unique_ptr<Code> code_;
};

/// The start of the next character. 1 past the end at the end.
inline std::size_t next_character(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
  return at;
}

template <class Take>
void Pattern::for_each_part(std::string_view text, PatternScratch& scratch, Take take) const {
  std::size_t done = 0;  // all before it was given
  std::size_t from = 0;
  std::size_t last_end = std::string_view::npos;
  for (Match match; from <= text.size() && find(text, from, scratch, match);) {
    if (match.begin == match.end && match.end == last_end) {
      from = next_character(text, from);  // an empty match directly behind a match is none
      continue;
    }
    if (done < match.begin) {
      take(done, match.begin, false);
    }
    take(match.begin, match.end, true);
    done = from = last_end = match.end;
  }
  if (done < text.size()) {
    take(done, text.size(), false);
  }
}

}  // namespace inferscale::tokenizer
