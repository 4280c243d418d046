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
    EXPECT_TRUE(gate_limits(facts->gate)) << known.info.name;
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

TEST(Precision, IsReadFromWhatTheStudyKept) {
  const Json environment = Json::parse(R"({"backends": {
    "x": {"precision_facts": {"name": "q4", "bits": 4.5, "computes": "int8", "gate": "int4"}},
    "damaged": {"precision_facts": {"name": "fp16", "bits": 0, "computes": "fp16", "gate": "fp16"}},
    "old": {"precision": "fp16"}}})");
  const auto kept = precision_facts(environment, "x", "q4");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->bits, 4.5);
  EXPECT_EQ(kept->computes, "int8");
  EXPECT_EQ(kept->gate, "int4");
  for (const char* backend : {"old", "damaged", "missing"}) {
    EXPECT_EQ(precision_facts(environment, backend, "fp16")->bits, 16) << backend;
  }
  EXPECT_EQ(precision_facts(nullptr, "x", "fp32")->gate, "fp32");
  EXPECT_FALSE(precision_facts(environment, "old", "q4"));
}

TEST(Precision, IsJudgedByTheGateThatItsBackendNames) {
  QualityFigures figures;
  figures.parity.emplace();
  figures.parity->relative_error = 0.4;
  EXPECT_EQ(judge(figures, {"q4", 4.5, "int8", "int4"}).gate, Gate::passed);
  const auto strict = judge(figures, {"q4", 4.5, "int8", "int8"});
  EXPECT_EQ(strict.gate, Gate::failed);
  EXPECT_NE(strict.reason.find("the gate of int8 is 0.3"), std::string::npos) << strict.reason;
  EXPECT_EQ(judge(figures, {"q4", 4.5, "int8", "int3"}).reason,
            "this inferscale has no gate 'int3', which its backend names for precision 'q4'");
}

}  // namespace
}  // namespace inferscale::record
