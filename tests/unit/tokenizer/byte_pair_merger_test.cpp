#include "tokenizer/byte_pair_merger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace inferscale::tokenizer {
namespace {

using testing::ElementsAre;

/// Bytes as the units, with their values as ids.
std::vector<std::int32_t> units_of(std::string_view piece) {
  std::vector<std::int32_t> units;
  for (const char c : piece) {
    units.push_back(static_cast<unsigned char>(c));
  }
  return units;
}

std::vector<std::int32_t> merged(const BytePairMerger& merger, std::string_view piece) {
  std::vector<std::int32_t> ids;
  merger.merge(units_of(piece), ids);
  return ids;
}

TEST(BytePairMerger, MergesTheLowestRankFirstAndTheLeftmostOfEqualOnes) {
  const BytePairMerger merger({{'b', 'c', 300}, {'a', 'b', 301}, {'a', 'a', 302}, {302, 302, 303}});
  EXPECT_THAT(merged(merger, "abc"), ElementsAre('a', 300));
  EXPECT_THAT(merged(merger, "ab"), ElementsAre(301));
  EXPECT_THAT(merged(merger, "aaa"), ElementsAre(302, 'a'));
  EXPECT_THAT(merged(merger, "aaaaa"), ElementsAre(303, 'a'));
  EXPECT_THAT(merged(merger, "x"), ElementsAre('x'));
  EXPECT_THAT(merged(merger, ""), ElementsAre());
}

TEST(BytePairMerger, AppendsToWhatIsThere) {
  const BytePairMerger merger(std::vector<MergeRule>{});
  std::vector<std::int32_t> ids{7};
  merger.merge(units_of("ab"), ids);
  EXPECT_THAT(ids, ElementsAre(7, 'a', 'b'));
}

/// The definition, word for word.
std::vector<std::int32_t> merged_plainly(const std::vector<MergeRule>& rules, std::string_view piece) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> ranks;
  for (std::size_t rank = 0; rank < rules.size(); ++rank) {
    ranks[{rules[rank].left, rules[rank].right}] = rank;
  }
  std::vector<std::int32_t> ids;
  for (const char c : piece) {
    ids.push_back(static_cast<unsigned char>(c));
  }
  while (true) {
    std::size_t best_rank = rules.size();
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = ranks.find({ids[i], ids[i + 1]});
      if (found != ranks.end() && found->second < best_rank) {
        best_rank = found->second;
        best = i;
      }
    }
    if (best_rank == rules.size()) {
      return ids;
    }
    ids[best] = rules[best_rank].result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(BytePairMerger, AgreesWithTheDefinitionOnRandomRulesAndLengths) {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    // Any two symbols, in any order: stranger than training makes them.
    std::vector<MergeRule> rules;
    std::vector<std::int32_t> symbols{'a', 'b', 'c'};
    std::map<std::pair<std::int32_t, std::int32_t>, bool> used;
    for (std::int32_t id = 256; id < 286; ++id) {
      const auto left = symbols[random() % symbols.size()];
      const auto right = symbols[random() % symbols.size()];
      if (!used[{left, right}]) {
        used[{left, right}] = true;
        rules.push_back({left, right, id});
        symbols.push_back(id);
      }
    }
    std::shuffle(rules.begin(), rules.end(), random);
    const BytePairMerger merger(rules);
    for (const std::size_t length : {1, 2, 5, 20, 63, 64, 65, 66, 200}) {
      std::string piece(length, ' ');
      for (char& c : piece) {
        c = "abc"[random() % 3];
      }
      ASSERT_EQ(merged(merger, piece), merged_plainly(rules, piece)) << piece;
    }
  }
}

TEST(BytePairMerger, MergesAMillionEqualBytes) {
  // Powers of two: a quadratic method would take hours here.
  std::vector<MergeRule> rules{{'a', 'a', 256}};
  for (std::int32_t id = 256; id < 270; ++id) {
    rules.push_back({id, id, id + 1});
  }
  const std::vector<std::int32_t> ids = merged(BytePairMerger(rules), std::string(1 << 20, 'a'));
  EXPECT_EQ(ids, std::vector<std::int32_t>(1 << 5, 270));
}

}  // namespace
}  // namespace inferscale::tokenizer
