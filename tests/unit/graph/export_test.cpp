#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cstring>

#include "core/sha256.hpp"
#include "exported.hpp"

// The files that the exporter writes.

namespace inferscale::test {

using namespace model;
using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kMakeExternal = 1;  ///< a limit that every graph passes

std::string raw_text(const WeightSource& source, const Tensor& spec) {
  const auto bytes = source.raw(spec);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Export : public ::testing::TestWithParam<const char*> {};

TEST_P(Export, WritesEveryWeightOnceAndItsExactBytes) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, *parse_model_name(GetParam()));
  const auto file = folder / "model.onnx";
  const auto made = export_onnx(source, {}, file);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->external_data);
  EXPECT_EQ(made->graph.file, file);
  EXPECT_EQ(made->graph.bytes, std::filesystem::file_size(file));
  EXPECT_EQ(made->graph.sha256, *sha256_file(file));

  const auto model = read_model(file);
  onnx::checker::check_model(model);
  std::map<std::string, std::string> stored;
  for (const auto& tensor : model.graph().initializer()) {
    EXPECT_TRUE(stored.emplace(tensor.name(), tensor.raw_data()).second) << tensor.name();
  }
  for (const auto& spec : source.specs()) {
    EXPECT_TRUE(stored[spec.name] == raw_text(source, spec)) << spec.name;
  }
  const auto weight_bytes = 4 * static_cast<std::uint64_t>(parameter_count(source.config()));
  EXPECT_GT(made->graph.bytes, weight_bytes);
  EXPECT_LT(made->graph.bytes, weight_bytes + 24576 * static_cast<std::uint64_t>(source.config().layers));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("model.onnx", "weights.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Export,
                         ::testing::Values("tiny-gpt2", "gpt2-5m", "gpt2:layers=2,hidden=48,heads=3",
                                           "gpt2:layers=3,hidden=9,heads=3,inner=5,vocabulary=7,positions=3"),
                         [](const auto& shape) {
                           return std::string("Shape") + std::to_string(shape.index);
                         });

TEST(ExportFile, IsWhatProtobufWouldWrite) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  ASSERT_TRUE(export_onnx(source, {}, folder / "model.onnx"));
  const auto bytes = read_file(folder / "model.onnx");
  ASSERT_TRUE(bytes);
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(*bytes));
  EXPECT_EQ(model.ByteSizeLong(), bytes->size());
  EXPECT_TRUE(model.unknown_fields().empty());
}

TEST(ExportFile, IsTheSameEveryTime) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto first = export_onnx(source, {}, folder / "a.onnx");
  const auto second = export_onnx(source, {}, folder / "b.onnx");
  const auto last =
      export_onnx(source, {Precision::fp32, GraphMode::prefill, protocol::LogitsScope::last}, folder / "c");
  ASSERT_TRUE(first && second && last);
  EXPECT_EQ(first->graph.sha256, second->graph.sha256);
  EXPECT_NE(first->graph.sha256, last->graph.sha256);
}

TEST(ExportFile, ConvertsHalfPrecisionWeights) {
  const TemporaryFolder folder;
  const auto config = small_config();
  std::vector<TensorInfo> tensors;
  for (const auto& spec : model::tensors(config)) {
    TensorInfo tensor;
    tensor.name = spec.name;
    tensor.dtype = Dtype::bf16;
    tensor.shape = spec.shape;
    tensors.push_back(tensor);
  }
  auto writer = SafetensorsWriter::create(folder / "bf16.safetensors", tensors, {});
  ASSERT_TRUE(writer) << writer.error().message;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::vector<std::uint16_t> halves(static_cast<std::size_t>(*element_count(tensors[i].shape)),
                                            0x3FC0);
    ASSERT_TRUE(writer->write(i, 0, std::as_bytes(std::span(halves))));  // 0x3FC0 is 1.5
  }
  ASSERT_TRUE(writer->finish());
  const auto source = WeightSource::open(folder / "bf16.safetensors", config);
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_TRUE(export_onnx(*source, {}, folder / "model.onnx"));
  const auto model = read_model(folder / "model.onnx");
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name() == "wte.weight") {
      std::vector<float> values(tensor.raw_data().size() / sizeof(float));
      std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
      EXPECT_EQ(values, std::vector<float>(976, 1.5F));
    }
  }
}

TEST(ExportExternal, KeepsWeightsInAFileBesideTheGraph) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto made = export_onnx(source, {}, folder / "model.onnx", {kMakeExternal});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->external_data);
  EXPECT_EQ(made->external_data->file, folder / "model.onnx.data");
  EXPECT_EQ(made->external_data->sha256, *sha256_file(folder / "model.onnx.data"));
  EXPECT_EQ(made->external_data->bytes, std::filesystem::file_size(folder / "model.onnx.data"));
  EXPECT_LT(made->graph.bytes, 65536U);
  onnx::checker::check_model((folder / "model.onnx").string());

  const auto data = read_file(folder / "model.onnx.data");
  const auto model = read_model(folder / "model.onnx");
  std::size_t found = 0;
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) {
      continue;
    }
    std::map<std::string, std::string> place;
    for (const auto& entry : tensor.external_data()) {
      place[entry.key()] = entry.value();
    }
    EXPECT_EQ(place["location"], "model.onnx.data");
    EXPECT_EQ(std::stoull(place["offset"]) % 4096, 0U) << "runtimes map whole pages";
    const auto& specs = source.specs();
    const auto spec = std::find_if(specs.begin(), specs.end(),
                                   [&](const Tensor& one) { return one.name == tensor.name(); });
    ASSERT_NE(spec, specs.end());
    EXPECT_TRUE(data->substr(std::stoull(place["offset"]), std::stoull(place["length"])) ==
                raw_text(source, *spec))
        << tensor.name();
    ++found;
  }
  EXPECT_EQ(found, source.specs().size());
}

TEST(ExportExternal, StartsWhereOneFileWouldBeTooLong) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto weight_bytes = 4 * static_cast<std::uint64_t>(parameter_count(source.config()));
  constexpr std::uint64_t kRoomForTheGraph = 16U << 20;
  const auto fits = export_onnx(source, {}, folder / "a", {weight_bytes + kRoomForTheGraph});
  const auto too_long = export_onnx(source, {}, folder / "b", {weight_bytes + kRoomForTheGraph - 1});
  ASSERT_TRUE(fits && too_long);
  EXPECT_FALSE(fits->external_data);
  EXPECT_TRUE(too_long->external_data);
  EXPECT_EQ(kMaxSingleFileBytes, 2147483647U);
}

TEST(ExportSettings, ThatAreNotBuiltAreRefused) {
  for (const Precision precision : {Precision::fp16, Precision::fp32}) {
    const auto checked = check_supported({precision, GraphMode::decode, protocol::LogitsScope::all});
    ASSERT_FALSE(checked);
    EXPECT_TRUE(checked.error().usage);
    EXPECT_THAT(checked.error().message, HasSubstr("decode"));
  }
  EXPECT_TRUE(check_supported({}));
  EXPECT_TRUE(check_supported({Precision::fp16, GraphMode::prefill, protocol::LogitsScope::last}));
}

TEST(ExportVersions, NameTheLibraries) {
  const Json versions = exporter_versions();
  for (const char* name : {"inferscale", "onnx", "protobuf"}) {
    EXPECT_THAT(versions[name].get<std::string>(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+.*")) << name;
  }
}

}  // namespace
}  // namespace inferscale::test
