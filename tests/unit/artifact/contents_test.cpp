#include "artifact/contents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/json.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::artifact {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Contents : public ::testing::Test {
 protected:
  void SetUp() override {
    put("gpt2/weights/seed118-0a.safetensors", std::string(1000, 'w'));
    put("gpt2/weights/seed118-0a.safetensors.json", "{}");
    put("gpt2/onnx/fp32-0b.onnx", std::string(100, 'g'));
    put("gpt2/onnx/fp32-0b.onnx.data", std::string(50, 'd'));
    put("gpt2/onnx/fp32-0b.onnx.json", R"({"linked_weights": [{"file": "weights-1.safetensors"}]})");
    put("gpt2/onnx/.fp32-0b.onnx.lock", "");
    put("gpt2/onnx/.fp32-0c.onnx.77.1.tmp", "half a graph");
    fs::create_hard_link(root() / "gpt2/weights/seed118-0a.safetensors",
                         root() / "gpt2/onnx/weights-1.safetensors");
    put("m2/perplexity/onnxruntime-cpu-0d.json", "{}");
    put("m2/perplexity/onnxruntime-cpu-0d.json.json", "{}");
    put("hashes/1-2.json", "{}");
  }
  void put(const std::string& file, const std::string& text) const {
    ASSERT_TRUE(write_file_atomic(root() / file, text));
  }
  [[nodiscard]] fs::path root() const { return folder_ / "store"; }
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> all;
    const auto stored = stored_artifacts(root());
    for (const StoredArtifact& one : *stored) {
      all.push_back(one.id());
    }
    return all;
  }

  test::TemporaryFolder folder_;
};

constexpr const char* kGraph = "gpt2/onnx/fp32-0b.onnx";
constexpr const char* kWeights = "gpt2/weights/seed118-0a.safetensors";
constexpr const char* kPerplexity = "m2/perplexity/onnxruntime-cpu-0d.json";

TEST_F(Contents, AreArtifactsWithWhatLiesBesideThem) {
  EXPECT_THAT(ids(), ElementsAre(kGraph, kWeights, kPerplexity));
  const auto all = *stored_artifacts(root());
  EXPECT_EQ(all[0].bytes, 100 + 50 + fs::file_size(root() / "gpt2/onnx/fp32-0b.onnx.json"));
  EXPECT_EQ(all[0].files.size(), 4U);  // with its lock
  EXPECT_EQ(all[1].bytes, 1002U);
  EXPECT_TRUE(stored_artifacts(folder_ / "nothing")->empty());
  EXPECT_FALSE(stored_artifacts(root() / kGraph));
}

TEST_F(Contents, PruneTakesWhatTheRulesSay) {
  PruneRules rules;
  rules.kinds = {"onnx"};
  rules.dry_run = true;
  EXPECT_EQ(prune(root(), rules)->gone.size(), 1U);
  EXPECT_EQ(ids().size(), 3U);
  rules.dry_run = false;
  rules.unused_for = std::chrono::hours(24);
  EXPECT_TRUE(prune(root(), rules)->gone.empty());  // made just now
  rules.unused_for.reset();
  rules.keep = {kGraph};
  EXPECT_TRUE(prune(root(), rules)->gone.empty());
  rules.keep.clear();
  EXPECT_THAT(prune(root(), rules)->gone.at(0).id(), kGraph);
  EXPECT_THAT(ids(), ElementsAre(kWeights, kPerplexity));
  EXPECT_FALSE(fs::exists(root() / "gpt2/onnx/weights-1.safetensors"));  // no graph points to it any more
  EXPECT_TRUE(fs::exists(root() / "gpt2/onnx/.fp32-0c.onnx.77.1.tmp"));  // not ours to judge
}

TEST_F(Contents, WhatAnotherProcessHoldsStays) {
  const auto lock = FileLock::try_acquire(root() / "gpt2/onnx/.fp32-0b.onnx.lock");
  ASSERT_TRUE(lock && *lock);
  const auto pruned = prune(root(), {});
  ASSERT_TRUE(pruned);
  EXPECT_THAT(pruned->busy.at(0).id(), kGraph);
  EXPECT_THAT(ids(), ElementsAre(kGraph));
  EXPECT_TRUE(fs::exists(root() / "gpt2/onnx/weights-1.safetensors"));
}

TEST_F(Contents, ResultsSayWhatTheyUsed) {
  const auto results = folder_ / "results";
  const Json manifest{
      {"artifacts", {{{"path", "elsewhere/gpt2/onnx/fp32-0b.onnx"}}, {{"path", "../gpt2/config.json"}}}}};
  ASSERT_TRUE(write_file_atomic(results / "manifest.json", to_pretty(manifest)));
  const auto used = artifacts_of_results({results.string()});
  ASSERT_TRUE(used) << used.error().message;
  EXPECT_TRUE(used->contains(kGraph));
  const auto none = artifacts_of_results({root().string()});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("has no manifest.json"));
}

}  // namespace
}  // namespace inferscale::artifact
