#include "study/reference_perplexity.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/log.hpp"
#include "support/temporary_folder.hpp"

// That what a reference's perplexity was is found again, and only where it is the same.

namespace inferscale::study {
namespace {

class ReferencePerplexityTest : public ::testing::Test {
 protected:
  /// In a store of its own, as a fresh process has one.
  Result<KeptPerplexity> ask(const Json& inputs, const char* backend = "onnxruntime-cpu") {
    artifact::ArtifactStore store(folder_.path());
    return reference_perplexity(store, model_, backend, inputs, [&]() -> Result<record::PerplexityRun> {
      ++measured_;
      if (fails_) {
        return fail_as(Outcome::timeout, "timeout: it took too long");
      }
      return record::PerplexityRun{{90, 50.5 + measured_, -3.9, 0.25, -5, -1}, 12, 1.5, 1.25};
    });
  }

  test::TemporaryFolder folder_;
  model::Model model_ = *model::resolve_model("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32");
  int measured_ = 0;
  bool fails_ = false;
};

TEST_F(ReferencePerplexityTest, IsMeasuredOnceAndFoundAgain) {
  const auto first = ask({{"artifact_sha256", "a"}});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->artifact.reused);
  const auto again = ask({{"artifact_sha256", "a"}});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->artifact.reused);
  EXPECT_EQ(measured_, 1);
  EXPECT_EQ(again->run.figures.perplexity, 51.5);
  EXPECT_EQ(again->run.figures.tokens, 90U);
  EXPECT_EQ(again->run.figures.min, -5);
  EXPECT_EQ(again->run.batches, 12U);
  EXPECT_EQ(again->run.forward_s, 1.25);
}

TEST_F(ReferencePerplexityTest, ItsFileIsFoundWithoutMeasuring) {
  const auto found = [&](const Json& inputs) {
    artifact::ArtifactStore store(folder_.path());
    return find_reference_perplexity(store, model_, "onnxruntime-cpu", inputs);
  };
  EXPECT_FALSE(found({{"artifact_sha256", "a"}}));
  const auto kept = ask({{"artifact_sha256", "a"}});
  ASSERT_TRUE(kept);
  ASSERT_TRUE(found({{"artifact_sha256", "a"}}));
  EXPECT_EQ(found({{"artifact_sha256", "a"}})->sha256, kept->artifact.sha256);
  EXPECT_FALSE(found({{"artifact_sha256", "b"}}));
  EXPECT_EQ(measured_, 1);
}

TEST_F(ReferencePerplexityTest, WhateverDecidesItIsMeasuredAnew) {
  ASSERT_TRUE(ask({{"artifact_sha256", "a"}}));
  ASSERT_TRUE(ask({{"artifact_sha256", "b"}}));
  const auto other = ask({{"artifact_sha256", "a"}}, "openvino-cpu");
  ASSERT_TRUE(other);
  EXPECT_EQ(measured_, 3);
  EXPECT_EQ(other->run.figures.perplexity, 53.5);
}

TEST_F(ReferencePerplexityTest, AnAlteredFileIsMeasuredAnew) {
  set_log_level(LogLevel::quiet);
  const auto first = ask({});
  ASSERT_TRUE(first);
  std::ofstream(first->artifact.path) << "{}";
  EXPECT_EQ(ask({})->run.figures.perplexity, 52.5);
  set_log_level(LogLevel::info);
}

TEST_F(ReferencePerplexityTest, AFailureKeepsNothing) {
  fails_ = true;
  const auto failed = ask({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().outcome, Outcome::timeout);
  fails_ = false;
  EXPECT_TRUE(ask({}));
  EXPECT_EQ(measured_, 2);
}

}  // namespace
}  // namespace inferscale::study
