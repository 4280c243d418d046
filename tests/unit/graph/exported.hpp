#pragma once

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.hpp"
#include "family/ladder.hpp"
#include "graph/export.hpp"
#include "model/weights.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {

/// Seeded weights of a model in a file of `folder`.
inline model::WeightSource seeded_source(const TemporaryFolder& folder, const model::DecoderSpec& config) {
  const auto file = folder / "weights.safetensors";
  const auto written = write_seeded_weights(config, 118, file);
  EXPECT_TRUE(written) << written.error().message;
  auto source = model::WeightSource::open(file, config);
  EXPECT_TRUE(source) << source.error().message;
  return std::move(*source);
}

/// Of a name of the ladder or a shape.
inline model::DecoderSpec shape(const std::string& name) {
  const auto spec = model::parse_model_name(name);
  EXPECT_TRUE(spec) << spec.error().message;
  return *spec;
}

/// Those of one operator, in the graph's order.
inline std::vector<onnx::NodeProto> nodes_of(const onnx::ModelProto& model, std::string_view op) {
  std::vector<onnx::NodeProto> found;
  for (const auto& node : model.graph().node()) {
    if (node.op_type() == op) {
      found.push_back(node);
    }
  }
  return found;
}

/// Two layers, 7 thousand parameters: exports in a moment.
inline model::DecoderSpec small_config() {
  return *model::parse_model_name("gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32");
}

inline onnx::ModelProto read_model(const std::filesystem::path& file) {
  onnx::ModelProto model;
  const auto bytes = read_file(file);
  EXPECT_TRUE(bytes) << bytes.error().message;
  EXPECT_TRUE(model.ParseFromString(*bytes)) << file;
  return model;
}

inline std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

/// Of a weight named "w".
inline model::Tensor matrix(std::vector<std::int64_t> shape, model::Layout layout) {
  model::Tensor tensor;
  tensor.name = "w";
  tensor.shape = std::move(shape);
  tensor.layout = layout;
  return tensor;
}

}  // namespace inferscale::test
