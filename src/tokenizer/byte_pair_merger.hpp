#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inferscale::tokenizer {

/// One line of merges.txt: `left` followed by `right` becomes `result`. Its rank is its index.
struct MergeRule {
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::int32_t result = 0;
};

/// Merges the pairs of one piece: of all adjacent pairs that have a rule, the one of lowest rank, leftmost
/// first, until none has. Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units"
/// (2016), on tokens of single bytes or characters.
class BytePairMerger {
 public:
  /// Up to here a scan for the lowest rank in a small array is faster than a heap.
  static constexpr std::size_t kShortPiece = 64;

  /// `rules`: at most kMaxVocabulary (token_id.hpp), no pair twice.
  explicit BytePairMerger(const std::vector<MergeRule>& rules);

  /// Appends what the units become; there may be none. O(n log n) in their number.
  void merge(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const;

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
  void merge_short(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const;
  void merge_long(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const;

  std::vector<Slot> slots_;
  int shift_ = 0;
};

}  // namespace inferscale::tokenizer
