#include "tokenizer/byte_pair_merger.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <queue>

namespace inferscale::tokenizer {
namespace {

constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15U;

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U) |
         static_cast<std::uint32_t>(right);
}

}  // namespace

BytePairMerger::BytePairMerger(const std::vector<MergeRule>& rules) {
  const std::size_t slot_count = std::bit_ceil(std::max<std::size_t>(rules.size() * 2, 16));
  slots_.resize(slot_count);
  shift_ = 64 - std::countr_zero(slot_count);
  for (std::size_t rank = 0; rank < rules.size(); ++rank) {
    const std::uint64_t pair = pair_of(rules[rank].left, rules[rank].right);
    std::size_t at = home_of(pair);
    while (slots_[at].pair != kNoPair) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = {pair, {static_cast<std::uint32_t>(rank), rules[rank].result}};
  }
}

std::size_t BytePairMerger::home_of(std::uint64_t pair) const {
  const std::uint64_t mixed = (pair ^ (pair >> 29U)) * kGoldenRatio;
  return static_cast<std::size_t>(mixed >> static_cast<unsigned>(shift_));
}

BytePairMerger::Rule BytePairMerger::rule_of(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = pair_of(left, right);
  for (std::size_t at = home_of(pair);; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].pair == pair) {
      return slots_[at].rule;
    }
    if (slots_[at].pair == kNoPair) {
      return {};
    }
  }
}

void BytePairMerger::merge(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const {
  if (units.size() <= kShortPiece) {
    merge_short(units, ids);
  } else {
    merge_long(units, ids);
  }
}

void BytePairMerger::merge_short(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const {
  std::array<std::int32_t, kShortPiece> parts{};
  std::array<Rule, kShortPiece> rules{};  // rules[i] joins parts[i] and parts[i + 1]
  std::size_t count = units.size();
  std::copy(units.begin(), units.end(), parts.begin());
  for (std::size_t i = 0; i + 1 < count; ++i) {
    rules[i] = rule_of(parts[i], parts[i + 1]);
  }
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      best = rules[i].rank < rules[best].rank ? i : best;
    }
    if (rules[best].rank == kNoRule) {
      break;
    }
    parts[best] = rules[best].result;
    for (std::size_t i = best + 1; i + 1 < count; ++i) {
      parts[i] = parts[i + 1];
      rules[i] = rules[i + 1];
    }
    --count;
    if (best > 0) {
      rules[best - 1] = rule_of(parts[best - 1], parts[best]);
    }
    if (best + 1 < count) {
      rules[best] = rule_of(parts[best], parts[best + 1]);
    }
  }
  ids.insert(ids.end(), parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count));
}

void BytePairMerger::merge_long(std::span<const std::int32_t> units, std::vector<std::int32_t>& ids) const {
  // A doubly linked list of parts, and a heap of the pairs that have a rule. A pair in the heap may be out of
  // date: it counts only if its part is still there and its rule has the same rank.
  struct Part {
    std::int32_t id = -1;  ///< -1: swallowed by a part to its left
    Rule rule;             ///< joins it and the next
    std::size_t previous = 0;
    std::size_t next = 0;
  };
  constexpr unsigned kPositionBits =
      40;  // rank in the 24 bits above: the order of the heap is rank, then position
  const std::size_t end = units.size();
  std::vector<Part> parts(end);
  std::vector<std::uint64_t> pairs;
  const auto queue_pair = [&](std::size_t at) -> std::uint64_t {
    Part& part = parts[at];
    part.rule = part.next == end ? Rule{} : rule_of(part.id, parts[part.next].id);
    return part.rule.rank == kNoRule ? UINT64_MAX : (std::uint64_t{part.rule.rank} << kPositionBits) | at;
  };
  for (std::size_t i = 0; i < end; ++i) {
    parts[i] = {units[i], {}, i - 1, i + 1};
  }
  for (std::size_t i = 0; i < end; ++i) {
    if (const std::uint64_t entry = queue_pair(i); entry != UINT64_MAX) {
      pairs.push_back(entry);
    }
  }
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap({}, std::move(pairs));
  const auto requeue = [&](std::size_t at) {
    if (const std::uint64_t entry = queue_pair(at); entry != UINT64_MAX) {
      heap.push(entry);
    }
  };
  while (!heap.empty()) {
    const std::uint64_t entry = heap.top();
    heap.pop();
    const std::size_t at = entry & ((std::uint64_t{1} << kPositionBits) - 1);
    Part& part = parts[at];
    if (part.id < 0 || part.rule.rank != entry >> kPositionBits) {
      continue;
    }
    Part& swallowed = parts[part.next];
    part.id = part.rule.result;
    part.next = swallowed.next;
    swallowed.id = -1;
    if (part.next != end) {
      parts[part.next].previous = at;
    }
    requeue(at);
    if (at != 0) {
      requeue(part.previous);
    }
  }
  for (std::size_t i = 0; i != end; i = parts[i].next) {
    ids.push_back(parts[i].id);
  }
}

}  // namespace inferscale::tokenizer
