#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "artifact/model_files.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "model/family.hpp"
#include "model/shard_index.hpp"
#include "support/stored_weights.hpp"
#include "support/temporary_folder.hpp"

// The weights of a folder, which keep their type and their place, and graphs that point to them.

namespace inferscale::test {

using namespace artifact;
using onnx_graph::ExportSettings;
using onnx_graph::GraphMode;
using onnx_graph::Precision;

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kTwoLayers = INFERSCALE_SOURCE_DIR "/tests/golden/parity/two-layers";

class FolderWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(model_folder_);
    std::filesystem::copy(std::filesystem::path(kTwoLayers) / "config.json", model_folder_ / "config.json");
  }

  /// The folder's model, its weights stored anew in one type.
  model::Model stored_as(model::Dtype type) {
    const auto trained = model::resolve_model(kTwoLayers);
    const auto source = model::WeightSource::open(kTwoLayers, trained->config);
    const auto written = write_as(*source, type, model_folder_ / "model.safetensors", "transformer.");
    EXPECT_TRUE(written) << written.error().message;
    return *model::resolve_model(model_folder_.string());
  }

  /// The same, of a family whose graphs point to the weights.
  model::Model linking(model::Dtype type) {
    model::Model model = stored_as(type);
    linking_ = *model.config.family;
    linking_.graphs_hold_weights = false;
    model.config.family = &linking_;
    return model;
  }

  [[nodiscard]] std::size_t files_under(const char* folder) const {
    std::size_t count = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "store", error)) {
      count += entry.path().parent_path().filename() == folder ? 1 : 0;
    }
    return count;
  }

  TemporaryFolder folder_;
  std::filesystem::path model_folder_ = folder_ / "model";
  model::Family linking_ = *model::resolve_model(kTwoLayers)->config.family;
};

TEST_F(FolderWeights, AreUsedInPlaceInAnyType) {
  for (const auto type : {model::Dtype::f32, model::Dtype::f16, model::Dtype::bf16}) {
    ArtifactStore store(folder_ / "store");
    const auto weights = store.weights(stored_as(type), 0);
    ASSERT_TRUE(weights) << weights.error().message;
    const auto file = std::filesystem::canonical(model_folder_) / "model.safetensors";
    EXPECT_EQ(weights->path, file);
    EXPECT_EQ(weights->sha256, *sha256_file(file));
    EXPECT_EQ(weights->bytes, std::filesystem::file_size(file));
    EXPECT_EQ(files_under("weights"), 0U);
  }
}

TEST_F(FolderWeights, OfSeveralFilesAreThoseOfTheirIndex) {
  const model::Model model = stored_as(model::Dtype::f16);
  const auto whole = model::SafetensorsFile::open(model_folder_ / "model.safetensors");
  Json map = Json::object();
  for (int shard = 0; shard < 2; ++shard) {
    std::vector<model::TensorInfo> tensors;
    for (std::size_t i = 0; i < whole->tensors().size(); ++i) {
      if (static_cast<int>(i % 2) == shard) {
        tensors.push_back(whole->tensors()[i]);
        map[tensors.back().name] = fmt::format("part-{}.safetensors", shard);
      }
    }
    auto writer = model::SafetensorsWriter::create(model_folder_ / fmt::format("part-{}.safetensors", shard),
                                                   tensors, {});
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      ASSERT_TRUE(writer->write(i, 0, whole->data(*whole->find(tensors[i].name))));
    }
    ASSERT_TRUE(writer->finish());
  }
  std::filesystem::remove(model_folder_ / "model.safetensors");
  ASSERT_TRUE(
      write_file_atomic(model_folder_ / model::kShardIndexFile, to_pretty(Json{{"weight_map", map}})));

  ArtifactStore store(folder_ / "store");
  const auto weights = store.weights(model, 0);
  ASSERT_TRUE(weights) << weights.error().message;
  EXPECT_EQ(weights->path.filename(), model::kShardIndexFile);
  EXPECT_EQ(weights->parts.size(), 2U);
  const auto source = model::WeightSource::open(weights->path, model.config);
  EXPECT_TRUE(source) << source.error().message;
  auto bytes = *read_file(model_folder_ / "part-1.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(write_file_atomic(model_folder_ / "part-1.safetensors", bytes));
  EXPECT_NE(ArtifactStore(folder_ / "store").weights(model, 0)->sha256, weights->sha256);
}

TEST_F(FolderWeights, ThatAreNotFiniteAreNamed) {
  const model::Model model = stored_as(model::Dtype::bf16);
  auto bytes = *read_file(model_folder_ / "model.safetensors");
  bytes[bytes.size() - 2] = '\x80';
  bytes[bytes.size() - 1] = '\x7f';  // infinity
  ASSERT_TRUE(write_file_atomic(model_folder_ / "model.safetensors", bytes));
  const auto weights = ArtifactStore(folder_ / "store").weights(model, 0);
  ASSERT_FALSE(weights);
  EXPECT_THAT(weights.error().message,
              HasSubstr("model.safetensors: tensor 'transformer.ln_f.bias' has a NaN "
                        "or infinite value at element 15"));
}

/// A worker that loads one F32 file is given one.
TEST_F(FolderWeights, AreConvertedForWhoLoadsAFileOfThem) {
  ArtifactStore store(folder_ / "store");
  const auto f32 = store.canonical_weights(stored_as(model::Dtype::f16), 0);
  ASSERT_TRUE(f32) << f32.error().message;
  EXPECT_THAT(f32->path.filename().string(), StartsWith("f32-"));
  const auto source = model::WeightSource::open(f32->path, stored_as(model::Dtype::f16).config);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->dtype("wte.weight"), model::Dtype::f32);
  EXPECT_NE(source->files().front()->find("wte.weight"), nullptr);
  EXPECT_EQ(store.weights(stored_as(model::Dtype::f16), 0)->path.parent_path().filename(), "model")
      << "the conversion does not stand for the folder's files";

  std::filesystem::copy(f32->path, model_folder_ / "model.safetensors",
                        std::filesystem::copy_options::overwrite_existing);
  const auto in_place = store.canonical_weights(*model::resolve_model(model_folder_.string()), 0);
  ASSERT_TRUE(in_place);
  EXPECT_EQ(in_place->path.parent_path().filename(), "model");
  EXPECT_EQ(in_place->sha256, f32->sha256);
}

TEST_F(FolderWeights, AreGivenAsTheyAreToWhoReadsThemSo) {
  ArtifactStore store(folder_ / "store");
  FilesRequest request;
  request.backend = {"reader", "cpu", "bf16", "safetensors", "fp32", ""};
  for (const auto& [dialect, folder] : {std::pair{"stored", "model"}, {"", "weights"}}) {
    request.backend.needs = {{"safetensors", dialect}};
    const auto files = make_model_files(stored_as(model::Dtype::bf16), request, store);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(files->weights.parent_path().filename(), folder);
  }
}

/// What a store of version 0.1.0 holds: its graphs and limits were made from the conversion's hash.
TEST_F(FolderWeights, ThatAnOlderVersionConvertedStayConverted) {
  const model::Model model = stored_as(model::Dtype::f16);
  ArtifactStore store(folder_ / "store");
  Recipe older;
  older.kind = "weights";
  older.stem = "converted";
  older.extension = ".safetensors";
  older.details = Json::object();
  Json shape = to_json(model.config);
  shape.erase("name");
  older.key = Json{{"version", 1},
                   {"config", shape},
                   {"files", {{"model.safetensors", *sha256_file(model_folder_ / "model.safetensors")}}}};
  older.make = [&](const std::filesystem::path& file) -> Result<Made> {
    TRY(write_weights(model, 0, file));
    Made made;
    made.file = {file, std::filesystem::file_size(file), *sha256_file(file)};
    return made;
  };
  const auto converted = store.get_or_make(model, older);
  ASSERT_TRUE(converted) << converted.error().message;
  for (const auto& weights : {store.weights(model, 0), store.canonical_weights(model, 0)}) {
    ASSERT_TRUE(weights) << weights.error().message;
    EXPECT_EQ(weights->sha256, converted->sha256);
    EXPECT_EQ(weights->path, converted->path);
  }
}

TEST_F(FolderWeights, AreLinkedBesideAGraphThatPointsToThem) {
  const model::Model model = linking(model::Dtype::f16);
  ArtifactStore store(folder_ / "store");
  const ExportSettings settings{Precision::fp16, GraphMode::prefill, protocol::LogitsScope::all};
  const auto graph = store.onnx_graph(model, 0, settings);
  ASSERT_TRUE(graph) << graph.error().message;
  const Json json = *read_json_file(graph->json);
  ASSERT_EQ(json["linked_weights"].size(), 1U);
  const auto name = graph->path.parent_path() / json["linked_weights"][0]["file"].get<std::string>();
  EXPECT_TRUE(std::filesystem::equivalent(name, model_folder_ / "model.safetensors"));
  EXPECT_EQ(json["key"]["weights"], "linked");
  EXPECT_EQ(graph->bytes, std::filesystem::file_size(graph->path) + std::filesystem::file_size(name));
  EXPECT_TRUE(ArtifactStore(folder_ / "store").onnx_graph(model, 0, settings)->reused);
  std::filesystem::remove_all(model_folder_);
  EXPECT_EQ(*sha256_file(name), json["linked_weights"][0]["sha256"].get<std::string>());
}

TEST_F(FolderWeights, ThatChangeBesideAGraphMakeItAgain) {
  const model::Model model = linking(model::Dtype::f32);
  const ExportSettings settings{};
  const auto graph = ArtifactStore(folder_ / "store").onnx_graph(model, 0, settings);
  ASSERT_TRUE(graph) << graph.error().message;
  const Json json = *read_json_file(graph->json);
  const auto name = graph->path.parent_path() / json["linked_weights"][0]["file"].get<std::string>();
  std::filesystem::remove(name);
  const auto again = ArtifactStore(folder_ / "store").onnx_graph(model, 0, settings);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->reused);
  EXPECT_EQ(again->sha256, graph->sha256);
  EXPECT_TRUE(std::filesystem::equivalent(name, model_folder_ / "model.safetensors"));
}

TEST_F(FolderWeights, OfAnotherTypeThanTheGraphAreNotLinked) {
  const auto graph =
      ArtifactStore(folder_ / "store").onnx_graph(linking(model::Dtype::bf16), 0, ExportSettings{});
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_FALSE(read_json_file(graph->json)->contains("linked_weights"));
  EXPECT_EQ(files_under("onnx"), 3U) << "graph, .json and lock";
}

TEST_F(FolderWeights, OfFamiliesWhoseGraphsWerePublishedAreCopied) {
  ArtifactStore store(folder_ / "store");
  const auto graph = store.onnx_graph(stored_as(model::Dtype::f32), 0, ExportSettings{});
  ASSERT_TRUE(graph) << graph.error().message;
  const Json json = *read_json_file(graph->json);
  EXPECT_FALSE(json.contains("linked_weights"));
  EXPECT_FALSE(json["key"].contains("weights"));
  EXPECT_EQ(json["key"]["weights_sha256"], store.weights(stored_as(model::Dtype::f32), 0)->sha256);
}

}  // namespace
}  // namespace inferscale::test
