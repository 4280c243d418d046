#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/error.hpp"

namespace inferscale::tokenizer {

/// Cuts text into the pieces that byte pairs are merged within, by GPT-2's pattern:
///
///   '(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// with Unicode 16's letters, numbers and white space, as in tiktoken and Hugging Face's tokenizers, whatever
/// Unicode version PCRE2 has (unicode_additions.hpp). Every character belongs to a piece.
class Splitter {
 public:
  enum class Engine { compiled, interpreted };

  /// Machine code where this system allows it, or PCRE2's interpreter (5 to 10 times slower, same pieces).
  static Result<Splitter> make(Engine preferred = Engine::compiled);

  Splitter(Splitter&&) noexcept;
  Splitter& operator=(Splitter&&) noexcept;
  ~Splitter();

  /// Scratch memory for one thread's matches.
  class Matcher {
   public:
    explicit Matcher(const Splitter& splitter);
    Matcher(const Matcher&) = delete;
    Matcher& operator=(const Matcher&) = delete;
    ~Matcher();

    /// Where the piece that begins at `begin` ends. The text must be valid UTF-8, with begin < text.size() at
    /// the start of a character. Throws std::bad_alloc, which is all that can go wrong.
    [[nodiscard]] std::size_t end_of_piece(std::string_view text, std::size_t begin) const;

   private:
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  struct Pattern;
  explicit Splitter(std::unique_ptr<Pattern> pattern);
  std::unique_ptr<Pattern> pattern_;
};

}  // namespace inferscale::tokenizer
