#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace inferscale::tokenizer {

/// Largest number of tokens and of merges: ranks share a word with positions (below).
constexpr std::size_t kMaxVocabulary = std::size_t{1} << 24U;

/// One line of merges.txt: `left` followed by `right` becomes `result`. Its rank is its index.
struct MergeRule {
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::int32_t result = 0;
};

/// Merges the byte pairs of one piece: of all adjacent pairs that have a rule, the one of lowest rank,
/// leftmost first, until none has. Sennrich et al., "Neural Machine Translation of Rare Words with Subword
/// Units" (2016), on bytes.
class BytePairMerger {
 public:
  /// `byte_ids`: the token of each single byte. `rules`: at most kMaxVocabulary, no pair twice.
  BytePairMerger(const std::array<std::int32_t, 256>& byte_ids, const std::vector<MergeRule>& rules);

  /// Appends the ids of the piece, which may be empty and need not be UTF-8. O(n log n) in its length.
  void merge(std::string_view piece, std::vector<std::int32_t>& ids) const;

 private:
  static constexpr std::uint32_t kNoRule = UINT32_MAX;
  struct Rule {
    std::uint32_t rank = kNoRule;
    std::int32_t result = 0;
  };
  /// A slot of the table of rules: open addressing, at most half full.
  struct Slot {
    std::uint64_t pair = kNoPair;
    Rule rule;
  };
  static constexpr std::uint64_t kNoPair = UINT64_MAX;

  [[nodiscard]] Rule rule_of(std::int32_t left, std::int32_t right) const;
  [[nodiscard]] std::size_t home_of(std::uint64_t pair) const;
  void merge_short(std::string_view piece, std::vector<std::int32_t>& ids) const;
  void merge_long(std::string_view piece, std::vector<std::int32_t>& ids) const;

  std::array<std::int32_t, 256> byte_ids_;
  std::vector<Slot> slots_;
  int shift_ = 0;
};

}  // namespace inferscale::tokenizer
