#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <cstring>
#include <map>

#include "exported.hpp"
#include "family/families.hpp"
#include "graph/decoder.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const ExportSettings kHalfPrecision{Precision::fp16, GraphMode::prefill, protocol::LogitsScope::all};

bool is_norm(const std::string& weight) {
  return weight.find("ln_") != std::string::npos;
}

/// The type of every value of a graph, by name.
std::map<std::string, int> types_in(onnx::ModelProto model) {
  std::map<std::string, int> types;
  auto& graph = *model.mutable_graph();
  for (const auto& tensor : graph.initializer()) {
    types[tensor.name()] = tensor.data_type();
  }
  const onnx::ShapeInferenceOptions strict{true, 0, true};
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  for (const auto& value : model.graph().value_info()) {
    types[value.name()] = value.type().tensor_type().elem_type();
  }
  return types;
}

/// The types of all inputs of the nodes of one operator.
std::vector<int> input_types(const onnx::ModelProto& model, const std::string& op) {
  const auto types = types_in(model);
  std::vector<int> found;
  for (const auto& node : model.graph().node()) {
    for (const auto& input : node.input()) {
      if (node.op_type() == op) {
        found.push_back(types.at(input));
      }
    }
  }
  return found;
}

TEST(Fp16Graph, PassesTheCheckerForEveryRung) {
  for (const auto& config : family::gpt2().ladder()) {
    for (const auto logits : {protocol::LogitsScope::all, protocol::LogitsScope::last}) {
      const auto verified =
          verify_graph(build_decoder(config, {Precision::fp16, GraphMode::prefill, logits}));
      EXPECT_TRUE(verified) << config.name << ": " << verified.error().message;
    }
  }
}

TEST(Fp16Graph, MultipliesInFp16AndNormalisesInFp32) {
  const auto model = build_decoder(small_config(), kHalfPrecision);
  for (const char* op : {"Gemm", "MatMul", "Tanh", "Pow"}) {
    EXPECT_THAT(input_types(model, op), AllOf(Not(IsEmpty()), Each(onnx::TensorProto::FLOAT16))) << op;
  }
  for (const char* op : {"Softmax", "LayerNormalization", "Where"}) {
    EXPECT_THAT(input_types(model, op), AllOf(Not(IsEmpty()), Each(Not(onnx::TensorProto::FLOAT16)))) << op;
  }
  const auto& output = model.graph().output(0).type().tensor_type();
  EXPECT_EQ(output.elem_type(), onnx::TensorProto::FLOAT);
}

TEST(Fp16Graph, ReturnsFp16LogitsWhenAsked) {
  ExportSettings settings = kHalfPrecision;
  settings.half_logits = true;
  const auto model = build_decoder(small_config(), settings);
  const auto verified = verify_graph(model);
  EXPECT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(types_in(model).at("ln_f.weight"), onnx::TensorProto::FLOAT);
  EXPECT_EQ(model.graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT16);
  EXPECT_FALSE(check_supported({.precision = Precision::fp32, .half_logits = true}));
}

TEST(Fp16Export, HasTheNearestHalvesAndHalfTheBytes) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, *model::parse_model_name("tiny-gpt2"));
  const auto made = export_onnx(source, kHalfPrecision, folder / "model.onnx");
  ASSERT_TRUE(made) << made.error().message;
  const auto weight_bytes = 2 * static_cast<std::uint64_t>(parameter_count(source.config()));
  EXPECT_LT(made->graph.bytes, weight_bytes + 20480);
  const auto model = read_model(folder / "model.onnx");
  onnx::checker::check_model(model);
  std::map<std::string, std::string> stored;
  for (const auto& tensor : model.graph().initializer()) {
    stored[tensor.name()] = tensor.raw_data();
  }
  for (const auto& spec : source.specs()) {
    const auto floats = *source.view_f32(spec);
    std::string expected;
    for (const float value : floats) {
      const auto half = model::float_to_f16(value);
      is_norm(spec.name) ? expected.append(reinterpret_cast<const char*>(&value), sizeof value)
                         : expected.append(reinterpret_cast<const char*>(&half), sizeof half);
    }
    EXPECT_TRUE(stored[spec.name] == expected) << spec.name;
  }
}

TEST(Fp16Export, MayKeepItsWeightsBesideTheGraph) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  const auto made = export_onnx(source, kHalfPrecision, folder / "model.onnx", {1});
  ASSERT_TRUE(made && made->external_data);
  onnx::checker::check_model((folder / "model.onnx").string());
  const auto model = read_model(folder / "model.onnx");
  std::map<std::string, std::string> lengths;
  for (const auto& tensor : model.graph().initializer()) {
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "length") {
        lengths[tensor.name()] = entry.value();
      }
    }
  }
  EXPECT_EQ(lengths["wte.weight"], std::to_string(61 * 16 * 2));
  EXPECT_EQ(lengths["ln_f.weight"], std::to_string(16 * 4));
}

TEST(Fp16Export, NamesAWeightThatFp16CannotHold) {
  const TemporaryFolder folder;
  static_cast<void>(seeded_source(folder, small_config()));
  auto bytes = *read_file(folder / "weights.safetensors");
  const float large = -70000.0F;  // the last element of the last tensor that is a matrix is not LayerNorm's
  const auto place = bytes.size() - (2 * 16 + 16 + 3) * sizeof(float);
  std::memcpy(bytes.data() + place, &large, sizeof large);
  ASSERT_TRUE(write_file_atomic(folder / "large.safetensors", bytes));
  const auto source = model::WeightSource::open(folder / "large.safetensors", small_config());
  ASSERT_TRUE(source) << source.error().message;
  const auto made = export_onnx(*source, kHalfPrecision, folder / "model.onnx");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              AllOf(StartsWith("tensor 'h.1.mlp.c_proj.weight' has the value -70000 at "),
                    HasSubstr("element 1021"), HasSubstr("fp16")));
  EXPECT_THAT(names_in(folder.path()), Not(::testing::Contains("model.onnx")));
  EXPECT_TRUE(export_onnx(*source, {}, folder / "model.onnx")) << "fp32 can";
}

}  // namespace
}  // namespace inferscale::test
