#include "model/pass_work.hpp"

#include <gtest/gtest.h>

#include "family/ladder.hpp"

// Counted by hand from the shapes, not from the tensors.

namespace inferscale::model {
namespace {

constexpr auto kAll = protocol::LogitsScope::all;

DecoderSpec small(const std::string& more = {}) {
  return *parse_model_name("llama:layers=2,hidden=8,heads=4,kv_heads=2,vocabulary=10,inner=12" + more);
}

/// Of one token: queries 8 x 8, keys and values 8 x 4 each, output 8 x 8, three matrices 8 x 12.
constexpr double kLayerProducts = 64 + 32 + 32 + 64 + 3 * 96;

TEST(PassWork, CountsSharedKeysAndTheGate) {
  const Work work = pass_work(model_work(small()), 3, 5, kAll, 4);
  const double tokens = 15;
  EXPECT_DOUBLE_EQ(work.flops,
                   2 * tokens * 2 * kLayerProducts + 4 * tokens * 5 * (2 * 4 * 2) + 2 * tokens * 10 * 8);
  // Each layer has two norms of 8, the model a third and the embedding, which is the head too.
  EXPECT_DOUBLE_EQ(work.bytes, 4 * (2 * (kLayerProducts + 16) + 8 + 80) + 4 * tokens * 10);
}

/// Of a table that is only looked up, a pass reads next to nothing.
TEST(PassWork, ReadsNoEmbeddingBesideAHeadOfItsOwn) {
  DecoderSpec untied = small();
  untied.tied_head = false;
  EXPECT_EQ(parameter_count(untied), parameter_count(small()) + 80);
  EXPECT_DOUBLE_EQ(pass_work(model_work(untied), 1, 5, kAll, 2).bytes,
                   pass_work(model_work(small()), 1, 5, kAll, 2).bytes);
}

/// A layer with a window has as many scores a token as the window is long.
TEST(PassWork, CountsNoScoresOutsideAWindow) {
  DecoderSpec windowed = small();
  windowed.window = {3, {1}};
  const auto flops = [](const DecoderSpec& spec, double length) {
    return pass_work(model_work(spec), 1, length, kAll, 4).flops;
  };
  EXPECT_DOUBLE_EQ(flops(small(), 5) - flops(windowed, 5), 4 * 5 * (5 - 3) * 8);
  EXPECT_DOUBLE_EQ(flops(small(), 2), flops(windowed, 2));
}

}  // namespace
}  // namespace inferscale::model
