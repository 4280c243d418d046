#include "tokenizer/word_tables.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace inferscale::tokenizer {
namespace {

/// The lowest `bytes` bytes of a word; 0 to 8.
std::uint64_t lowest(std::uint64_t word, std::size_t bytes) {
  return bytes >= 8 ? word : word & ((std::uint64_t{1} << (8 * bytes)) - 1);
}

}  // namespace

ShortWord ShortWord::of(std::string_view piece, std::size_t readable) {
  ShortWord word;
  if (readable >= 16) {
    std::memcpy(&word.low, piece.data(), 8);
    std::memcpy(&word.high, piece.data() + 8, 8);
    word.low = lowest(word.low, piece.size());
    word.high = lowest(word.high, piece.size() < 8 ? 0 : piece.size() - 8);
  } else {
    std::memcpy(&word.low, piece.data(), std::min<std::size_t>(piece.size(), 8));
    if (piece.size() > 8) {
      std::memcpy(&word.high, piece.data() + 8, piece.size() - 8);
    }
  }
  word.high |= std::uint64_t{piece.size()} << 56U;
  return word;
}

std::uint64_t ShortWord::hash() const {
  std::uint64_t mixed = low * 0x9E3779B97F4A7C15U ^ std::rotl(high * 0xC2B2AE3D27D4EB4FU, 32);
  mixed ^= mixed >> 32U;
  return mixed * 0x9E3779B97F4A7C15U;
}

WholeWords::WholeWords(std::size_t most_words) {
  const std::size_t slot_count = std::bit_ceil(std::max<std::size_t>(most_words * 2, 16));
  slots_.resize(slot_count);
  shift_ = 64 - std::countr_zero(slot_count);
}

void WholeWords::insert(ShortWord word, std::int32_t id) {
  std::size_t at = word.hash() >> static_cast<unsigned>(shift_);
  while (slots_[at].word.high != 0) {
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = {word, id};
}

std::int32_t WholeWords::find(ShortWord word) const {
  for (std::size_t at = word.hash() >> static_cast<unsigned>(shift_);; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].word == word) {
      return slots_[at].id;
    }
    if (slots_[at].word.high == 0) {
      return -1;
    }
  }
}

const RecentWords::Tokens* RecentWords::find(ShortWord word) const {
  const Slot& slot = slots_[word.hash() >> (64 - kBits)];
  return slot.word == word ? &slot.tokens : nullptr;
}

void RecentWords::insert(ShortWord word, const std::int32_t* tokens, std::size_t count) {
  Slot& slot = slots_[word.hash() >> (64 - kBits)];
  slot.word = word;
  slot.tokens.fill(-1);
  std::copy_n(tokens, std::min(count, kMaxTokens), slot.tokens.begin());
}

}  // namespace inferscale::tokenizer
