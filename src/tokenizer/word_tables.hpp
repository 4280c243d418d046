#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace inferscale::tokenizer {

/// A piece of 1 to 15 bytes in two words, the last byte its length: compared and hashed without a loop.
struct ShortWord {
  std::uint64_t low = 0;
  std::uint64_t high = 0;  ///< 0 only in an empty slot, as the length is not 0

  static constexpr std::size_t kMaxBytes = 15;
  friend bool operator==(const ShortWord&, const ShortWord&) = default;

  /// `piece` has 1 to 15 bytes, and `readable` of them and after them may be read: 16 make it fast.
  static ShortWord of(std::string_view piece, std::size_t readable);
  [[nodiscard]] std::uint64_t hash() const;
};

/// Words that are one token. Built once, then only read.
class WholeWords {
 public:
  explicit WholeWords(std::size_t most_words);
  void insert(ShortWord word, std::int32_t id);
  /// The token, or -1.
  [[nodiscard]] std::int32_t find(ShortWord word) const;

 private:
  struct Slot {
    ShortWord word;
    std::int32_t id = -1;
  };
  std::vector<Slot> slots_;  ///< open addressing, at most half full
  int shift_ = 0;
};

/// The last words seen that are 2 to 4 tokens. A new word takes the place of the old one in its slot, so that
/// memory stays as it is (1 MiB) and a change of subject in the text costs nothing.
class RecentWords {
 public:
  static constexpr std::size_t kMaxTokens = 4;
  using Tokens = std::array<std::int32_t, kMaxTokens>;  ///< -1 after the last

  RecentWords() : slots_(std::size_t{1} << kBits) {}
  [[nodiscard]] const Tokens* find(ShortWord word) const;
  void insert(ShortWord word, const std::int32_t* tokens, std::size_t count);

 private:
  static constexpr unsigned kBits = 15;
  struct Slot {
    ShortWord word;
    Tokens tokens{};
  };
  std::vector<Slot> slots_;
};

}  // namespace inferscale::tokenizer
