#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/shape_inference/implementation.h>

#include <map>

#include "exported.hpp"
#include "family/families.hpp"
#include "graph/decoder.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"

// The graph itself, without weights' bytes, for every rung of the ladder.

namespace inferscale::test {

using namespace protocol;
using onnx_graph::Precision;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Graph : public ::testing::TestWithParam<model::DecoderSpec> {
 protected:
  static onnx::ModelProto build(LogitsScope logits) {
    return graph::build_decoder(GetParam(),
                                {onnx_graph::Precision::fp32, onnx_graph::GraphMode::prefill, logits});
  }
};

std::string dimension_text(const onnx::TensorShapeProto::Dimension& dimension) {
  return dimension.has_dim_param() ? dimension.dim_param() : std::to_string(dimension.dim_value());
}

std::vector<std::string> shape_text(const onnx::ValueInfoProto& value) {
  std::vector<std::string> text;
  for (const auto& dimension : value.type().tensor_type().shape().dim()) {
    text.push_back(dimension_text(dimension));
  }
  return text;
}

/// What onnx's shape inference makes of the output when the input is [3, 17] and nothing is declared.
std::vector<std::string> inferred_output(onnx::ModelProto model) {
  auto& graph = *model.mutable_graph();
  auto& input = *graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  input.mutable_dim(0)->set_dim_value(3);
  input.mutable_dim(1)->set_dim_value(17);
  graph.mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  const onnx::ShapeInferenceOptions strict{true, 1, true};
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  return shape_text(model.graph().output(0));
}

TEST_P(Graph, IsOpset17WithADynamicBatchAndSequenceOfInt32) {
  const auto model = build(LogitsScope::all);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).domain(), "");
  EXPECT_EQ(model.opset_import(0).version(), 17);
  EXPECT_EQ(model.ir_version(), 8);
  ASSERT_EQ(model.graph().input_size(), 1);
  const auto& input = model.graph().input(0);
  EXPECT_EQ(input.name(), "input_ids");
  EXPECT_EQ(input.type().tensor_type().elem_type(), onnx::TensorProto::INT32);
  EXPECT_THAT(shape_text(input), ElementsAre("batch", "sequence"));
}

TEST_P(Graph, GivesLogitsOfAllPositionsOrOfTheLast) {
  const auto vocabulary = std::to_string(GetParam().vocabulary);
  for (const auto& [scope, declared, inferred] :
       {std::tuple{LogitsScope::all, "sequence", "17"}, {LogitsScope::last, "1", "1"}}) {
    const auto model = build(scope);
    ASSERT_EQ(model.graph().output_size(), 1);
    const auto& output = model.graph().output(0);
    EXPECT_EQ(output.name(), "logits");
    EXPECT_EQ(output.type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
    EXPECT_THAT(shape_text(output), ElementsAre("batch", declared, vocabulary));
    EXPECT_THAT(inferred_output(model), ElementsAre("3", inferred, vocabulary));
  }
}

TEST_P(Graph, PassesTheCheckerAndShapeInference) {
  for (const auto scope : {LogitsScope::all, LogitsScope::last}) {
    const auto verified = onnx_graph::verify_graph(build(scope));
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

TEST_P(Graph, HasEveryWeightOnceAndLittleElse) {
  const auto model = build(LogitsScope::all);
  std::map<std::string, std::vector<std::int64_t>> weights;
  std::size_t other_bytes = 0;
  for (const auto& tensor : model.graph().initializer()) {
    if (onnx_graph::is_streamed(tensor)) {
      const auto added = weights.emplace(
          tensor.name(), std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end()));
      EXPECT_TRUE(added.second) << tensor.name();
    } else {
      other_bytes += tensor.ByteSizeLong();
    }
  }
  std::int64_t parameters = 0;
  for (const auto& spec : tensors(GetParam())) {
    EXPECT_EQ(weights[spec.name], spec.shape) << spec.name;
    parameters += *model::element_count(spec.shape);
  }
  EXPECT_EQ(weights.size(), tensors(GetParam()).size());
  EXPECT_EQ(parameters, parameter_count(GetParam()));
  EXPECT_LT(other_bytes, 2048U);
}

TEST_P(Graph, UsesTheEmbeddingForTokensAndForTheHead) {
  const auto model = build(LogitsScope::all);
  std::vector<std::string> users;
  for (const auto& node : model.graph().node()) {
    for (const auto& input : node.input()) {
      if (input == "wte.weight") {
        users.push_back(node.op_type());
      }
    }
  }
  EXPECT_THAT(users, ElementsAre("Gather", "Gemm"));  // the Gemm transposes it on the fly
}

std::vector<model::DecoderSpec> ladder_and_shapes() {
  std::vector<model::DecoderSpec> configs = family::gpt2().ladder();
  for (const char* name : {"gpt2:layers=2,hidden=48,heads=3", "gpt2:layers=1,hidden=7,heads=1,inner=5",
                           "gpt2:layers=24,hidden=64,heads=64,vocabulary=11,positions=2"}) {
    configs.push_back(*model::parse_model_name(name));
  }
  return configs;
}

INSTANTIATE_TEST_SUITE_P(Ladder, Graph, ::testing::ValuesIn(ladder_and_shapes()), [](const auto& config) {
  std::string name = config.param.name;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

/// What real checkpoints set otherwise than GPT-2 does.
std::vector<model::DecoderSpec> variants() {
  std::vector<model::DecoderSpec> all(4, small_config());
  all[0].mlp.activation = model::Activation::gelu;
  all[1].mlp.activation = model::Activation::relu;
  all[2].tied_head = false;
  all[3].scale.by_inverse_layer = true;
  return all;
}

TEST(Variants, PassTheCheckerInEveryPrecision) {
  for (const auto& spec : variants()) {
    for (const auto precision : {Precision::fp32, Precision::fp16, Precision::int8}) {
      onnx_graph::ExportSettings settings;
      settings.precision = precision;
      settings.quantization.head = true;
      const auto model = graph::build_decoder(spec, settings);
      const auto verified = onnx_graph::verify_graph(model);
      EXPECT_TRUE(verified) << to_string(precision) << ": " << verified.error().message;
    }
  }
}

TEST(Variants, AnOutputProjectionOfItsOwnIsTheHead) {
  model::DecoderSpec spec = small_config();
  spec.tied_head = false;
  const auto model = graph::build_decoder(spec, {});
  const auto& nodes = model.graph().node();
  const auto head = std::find_if(nodes.begin(), nodes.end(),
                                 [](const auto& node) { return node.name() == "head/project"; });
  ASSERT_NE(head, nodes.end());
  EXPECT_EQ(head->input(1), "lm_head.weight");
}

TEST(Variants, QuantiseWhatGoesIntoTheirProjections) {
  model::DecoderSpec spec = small_config();
  spec.layers = 1;
  spec.mlp.activation = model::Activation::relu;
  EXPECT_THAT(graph::quantized_activations(spec, false),
              ElementsAre("h.0.ln_1", "h.0.attn/joined", "h.0.ln_2", "h.0.mlp/relu"));
}

TEST(VerifyGraph, NamesWhatIsWrong) {
  const auto whole = graph::build_decoder(small_config(), {});
  auto cyclic = whole;
  cyclic.mutable_graph()->mutable_node()->SwapElements(0, 5);
  EXPECT_THAT(onnx_graph::verify_graph(cyclic).error().message, HasSubstr("checker"));
  auto unknown = whole;
  unknown.mutable_graph()->mutable_node(3)->set_op_type("NoSuchOperator");
  EXPECT_THAT(onnx_graph::verify_graph(unknown).error().message, HasSubstr("NoSuchOperator"));
  auto misshapen = whole;
  for (auto& tensor : *misshapen.mutable_graph()->mutable_initializer()) {
    if (tensor.name() == "wpe.weight") {
      tensor.set_dims(1, 17);
    }
  }
  EXPECT_THAT(onnx_graph::verify_graph(misshapen).error().message, HasSubstr("embedding/sum"));
}

}  // namespace
}  // namespace inferscale::test
