#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "counted_recipe.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {

using namespace artifact;

namespace {

using ::testing::HasSubstr;

const onnx_graph::ExportSettings kAll{};
const onnx_graph::ExportSettings kLast{onnx_graph::Precision::fp32, onnx_graph::GraphMode::prefill,
                                       protocol::LogitsScope::last};

model::Model small_shape() {
  return *model::resolve_model("gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32");
}

Artifact graph_of(ArtifactStore& store, const model::Model& model, std::uint64_t seed,
                  const onnx_graph::ExportSettings& settings) {
  auto graph = store.onnx_graph(model, seed, settings);
  EXPECT_TRUE(graph) << graph.error().message;
  return graph ? *graph : Artifact{};
}

TEST(ModelArtifacts, AreMadeOnceForEachModelSeedAndSetting) {
  const TemporaryFolder folder;
  std::set<std::string> hashes;
  for (const bool reused : {false, true}) {
    ArtifactStore store(folder.path());
    for (const std::uint64_t seed : {1U, 2U}) {
      for (const auto& settings : {kAll, kLast}) {
        const auto graph = graph_of(store, small_shape(), seed, settings);
        EXPECT_EQ(graph.reused, reused);
        EXPECT_EQ(hashes.insert(graph.sha256).second, !reused);
      }
    }
  }
}

TEST(ModelArtifacts, AreMadeAgainWhenForced) {
  const TemporaryFolder folder;
  ArtifactStore store(folder.path());
  const auto first = graph_of(store, small_shape(), 1, kAll);
  ArtifactStore forced(folder.path(), true);
  const auto again = graph_of(forced, small_shape(), 1, kAll);
  EXPECT_FALSE(again.reused);
  EXPECT_EQ(again.sha256, first.sha256);
  EXPECT_TRUE(forced.weights(small_shape(), 1)->reused) << "force is for graphs";
}

TEST(ModelArtifacts, AreMadeAgainWhenTheirFileWasAltered) {
  const TemporaryFolder folder;
  ArtifactStore first(folder.path());
  const auto weights = first.weights(small_shape(), 1);
  ASSERT_TRUE(weights);
  auto bytes = *read_file(weights->path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(write_file_atomic(weights->path, bytes));
  ArtifactStore second(folder.path());
  const auto again = second.weights(small_shape(), 1);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->reused);
  EXPECT_EQ(*sha256_file(again->path), weights->sha256);
}

TEST(ModelArtifacts, SayWhatTheyAreOf) {
  const TemporaryFolder folder;
  ArtifactStore store(folder.path());
  const auto graph = graph_of(store, small_shape(), 7, kLast);
  const Json json = *read_json_file(graph.json);
  EXPECT_EQ(json["kind"], "onnx");
  EXPECT_EQ(json["model"], small_shape().name);
  EXPECT_EQ(json["layers"], 2);
  EXPECT_EQ(json["parameters"], parameter_count(small_shape().config));
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(graph.path));
  EXPECT_EQ(json["sha256"], *sha256_file(graph.path));
  EXPECT_EQ(json["key"]["weights_sha256"], store.weights(small_shape(), 7)->sha256);
  EXPECT_EQ(json["key"]["logits"], "last");
  EXPECT_EQ(json["key"]["opset"], 17);
  EXPECT_TRUE(json["versions"].contains("onnx"));
  const Json weights = *read_json_file(store.weights(small_shape(), 7)->json);
  EXPECT_EQ(weights["kind"], "weights");
  EXPECT_EQ(weights["key"]["seed"], 7);
}

TEST(ModelArtifacts, RefuseSettingsThatAreNotBuiltBeforeTheyMakeAnything) {
  const TemporaryFolder folder;
  ArtifactStore store(folder / "store");
  const auto graph = store.onnx_graph(
      small_shape(), 1,
      {onnx_graph::Precision::fp32, onnx_graph::GraphMode::decode, protocol::LogitsScope::all});
  ASSERT_FALSE(graph);
  EXPECT_TRUE(graph.error().usage);
  EXPECT_THAT(graph.error().message, HasSubstr("decode"));
  EXPECT_FALSE(std::filesystem::exists(folder / "store"));
}

/// A folder's weights decide, not its name: other weights are another artifact.
TEST(ModelArtifacts, OfAFolderFollowItsWeights) {
  const TemporaryFolder folder;
  std::filesystem::copy(INFERSCALE_SOURCE_DIR "/tests/golden/parity/two-layers", folder / "model",
                        std::filesystem::copy_options::recursive);
  const auto model = model::resolve_model((folder / "model").string());
  ASSERT_TRUE(model) << model.error().message;
  ArtifactStore first(folder / "store");
  const auto before = graph_of(first, *model, 1, kAll);
  EXPECT_EQ(graph_of(first, *model, 2, kAll).sha256, before.sha256) << "the seed is the ladder's";
  auto bytes = *read_file(folder / "model/model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(write_file_atomic(folder / "model/model.safetensors", bytes));
  ArtifactStore second(folder / "store");
  const auto after = graph_of(second, *model, 1, kAll);
  EXPECT_FALSE(after.reused);
  EXPECT_NE(after.path, before.path);
  EXPECT_NE(after.sha256, before.sha256);
}

}  // namespace
}  // namespace inferscale::test
