#include "record/precision.hpp"

#include <gtest/gtest.h>

#include "record/catalog.hpp"
#include "record/gates.hpp"

namespace inferscale::record {
namespace {

TEST(Precision, OfEveryKnownBackendHasFactsAndAGate) {
  for (const KnownBackend& known : known_backends()) {
    const auto facts = precision_facts(known.info.precision);
    ASSERT_TRUE(facts) << known.info.name;
    EXPECT_GT(facts->bits, 0);
    EXPECT_TRUE(gate_limits(known.info.precision)) << known.info.name;
  }
}

TEST(Precision, ThatNobodyKnowsHasNone) {
  EXPECT_FALSE(precision_facts("q4_k_m"));
  EXPECT_FALSE(precision_facts(""));
  EXPECT_FALSE(gate_limits("q4_k_m"));
}

TEST(Precision, BitsAreThoseOfAWeight) {
  EXPECT_EQ(precision_facts("tf32")->bits, 32);
  EXPECT_EQ(precision_facts("bf16")->bits, 16);
  EXPECT_EQ(precision_facts("int8")->bits, 8);
}

}  // namespace
}  // namespace inferscale::record
