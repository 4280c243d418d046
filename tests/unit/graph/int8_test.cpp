#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "exported.hpp"
#include "graph/decoder.hpp"
#include "graph/quantize_weight.hpp"
#include "onnx/verify.hpp"

// int8 graphs: what is int8, and with which scales.

namespace inferscale::test {

using namespace graph;
using namespace onnx_graph;

namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

ExportSettings int8_settings(QuantizationForm form, bool head = false,
                             protocol::LogitsScope logits = protocol::LogitsScope::all) {
  ExportSettings settings;
  settings.precision = Precision::int8;
  settings.logits = logits;
  settings.quantization.form = form;
  settings.quantization.head = head;
  for (const auto& name : quantized_activations(small_config(), true)) {
    settings.quantization.limits[name] = 2.54F;
  }
  return settings;
}

std::map<std::string, onnx::TensorProto> initializers(const onnx::ModelProto& model) {
  std::map<std::string, onnx::TensorProto> tensors;
  for (const auto& tensor : model.graph().initializer()) {
    tensors[tensor.name()] = tensor;
  }
  return tensors;
}

template <class T>
std::vector<T> values_of(const onnx::TensorProto& tensor) {
  std::vector<T> values(tensor.raw_data().size() / sizeof(T));
  std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
  return values;
}

class Int8 : public ::testing::TestWithParam<std::tuple<QuantizationForm, bool, protocol::LogitsScope>> {
 protected:
  [[nodiscard]] static ExportSettings settings() {
    const auto& [form, head, logits] = GetParam();
    return int8_settings(form, head, logits);
  }
  TemporaryFolder folder_;
  model::WeightSource source_ = seeded_source(folder_, small_config());
};

TEST_P(Int8, PassesTheCheckerAndIsTheSameEveryTime) {
  const auto verified = verify_graph(build_decoder(small_config(), settings()));
  EXPECT_TRUE(verified) << verified.error().message;
  const auto first = export_onnx(source_, settings(), folder_ / "a.onnx");
  const auto second = export_onnx(source_, settings(), folder_ / "b.onnx");
  ASSERT_TRUE(first && second) << first.error().message;
  EXPECT_EQ(first->graph.sha256, second->graph.sha256);
  onnx::checker::check_model((folder_ / "a.onnx").string());
}

/// Every weight of a block is there as int8 and not as float; each is within half a step of what it was.
TEST_P(Int8, WeightsHaveAScaleAnOutputAndNothingIsClipped) {
  ASSERT_TRUE(export_onnx(source_, settings(), folder_ / "a.onnx"));
  const auto stored = initializers(read_model(folder_ / "a.onnx"));
  std::size_t quantized = 0;
  for (const auto& spec : source_.specs()) {
    const bool head = spec.name == "wte.weight";
    const bool projection = spec.name.starts_with("h.") && spec.shape.size() == 2;
    EXPECT_EQ(stored.count(spec.name), projection ? 0U : 1U) << spec.name;
    const bool expected = projection || (head && settings().quantization.head);
    ASSERT_EQ(stored.count(int8_name(spec.name)), expected ? 1U : 0U) << spec.name;
    if (!expected) {
      continue;
    }
    ++quantized;
    const auto& tensor = stored.at(int8_name(spec.name));
    EXPECT_EQ(tensor.data_type(), onnx::TensorProto::INT8);
    EXPECT_EQ(std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end()), spec.shape);
    const auto values = values_of<std::int8_t>(tensor);
    const auto scales = values_of<float>(stored.at(scale_name(spec.name)));
    const auto columns = static_cast<std::size_t>(spec.shape[1]);
    ASSERT_EQ(scales.size(), static_cast<std::size_t>(spec.shape[head ? 0 : 1]));
    const auto weights = *source_.view_f32(spec);
    std::vector<int> largest(scales.size(), 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto output = head ? i / columns : i % columns;
      EXPECT_NEAR(weights[i], static_cast<float>(values[i]) * scales[output], scales[output] * 0.5001F);
      largest[output] = std::max(largest[output], std::abs(int{values[i]}));
    }
    EXPECT_THAT(largest, Each(127)) << spec.name;
  }
  EXPECT_EQ(quantized, settings().quantization.head ? 9U : 8U);
}

/// With weights of 7 bits no sum of two products with unsigned activations leaves 16 bits.
TEST_P(Int8, NarrowWeightsFitPairsOfProductsInto16Bits) {
  auto narrow = settings();
  narrow.quantization.weight_bits = 7;
  ASSERT_TRUE(export_onnx(source_, narrow, folder_ / "a.onnx"));
  const auto stored = initializers(read_model(folder_ / "a.onnx"));
  std::size_t quantized = 0;
  for (const auto& spec : source_.specs()) {
    const auto found = stored.find(int8_name(spec.name));
    if (found == stored.end()) {
      continue;
    }
    ++quantized;
    int largest = 0;
    for (const auto value : values_of<std::int8_t>(found->second)) {
      largest = std::max(largest, std::abs(int{value}));
    }
    EXPECT_EQ(largest, 64) << spec.name;
    EXPECT_LE(2 * 255 * largest, std::numeric_limits<std::int16_t>::max());
  }
  EXPECT_EQ(quantized, settings().quantization.head ? 9U : 8U);
}

/// The same integers and scales, and nothing that a runtime could run as an integer product.
TEST_P(Int8, ExactProductsAreFloatsOfTheSameIntegers) {
  auto exact = settings();
  exact.quantization.exact_products = true;
  const auto verified = verify_graph(build_decoder(small_config(), exact));
  EXPECT_TRUE(verified) << verified.error().message;
  ASSERT_TRUE(export_onnx(source_, settings(), folder_ / "integers.onnx"));
  ASSERT_TRUE(export_onnx(source_, exact, folder_ / "floats.onnx"));
  const auto floats = read_model(folder_ / "floats.onnx");
  for (const char* op : {"MatMulInteger", "DequantizeLinear"}) {
    EXPECT_THAT(nodes_of(floats, op), SizeIs(0)) << op;
  }
  const auto before = initializers(read_model(folder_ / "integers.onnx"));
  const auto after = initializers(floats);
  for (const auto& spec : source_.specs()) {
    for (const auto& name : {int8_name(spec.name), scale_name(spec.name)}) {
      ASSERT_EQ(after.count(name), before.count(name)) << name;
      if (after.count(name) != 0) {
        EXPECT_EQ(after.at(name).raw_data(), before.at(name).raw_data()) << name;
      }
    }
  }
}

TEST_P(Int8, TheFirstBlocksAloneAreAModel) {
  auto first = settings();
  first.blocks = 1;
  ASSERT_TRUE(export_onnx(source_, first, folder_ / "a.onnx"));
  onnx::checker::check_model((folder_ / "a.onnx").string());
  const auto stored = initializers(read_model(folder_ / "a.onnx"));
  EXPECT_EQ(stored.count(int8_name("h.0.mlp.c_fc.weight")), 1U);
  EXPECT_EQ(stored.count(int8_name("h.1.mlp.c_fc.weight")), 0U);
  EXPECT_EQ(stored.count("ln_f.weight"), 1U);
}

TEST_P(Int8, KeepsItsWeightsBesideItWhenTheyAreTooLong) {
  const auto made = export_onnx(source_, settings(), folder_ / "a.onnx", {1});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->external_data);
  onnx::checker::check_model((folder_ / "a.onnx").string());
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Int8,
    ::testing::Combine(::testing::Values(QuantizationForm::qdq, QuantizationForm::dynamic), ::testing::Bool(),
                       ::testing::Values(protocol::LogitsScope::all, protocol::LogitsScope::last)),
    [](const auto& form) {
      return fmt::format("{}{}{}", to_string(std::get<0>(form.param)), std::get<1>(form.param) ? "Head" : "",
                         to_string(std::get<2>(form.param)));
    });

TEST(Int8Static, QuantisesTheInputsOfEveryProjectionWithZeroPoint0) {
  const auto model = build_decoder(small_config(), int8_settings(QuantizationForm::qdq));
  const auto stored = initializers(model);
  const auto quantize = nodes_of(model, "QuantizeLinear");
  ASSERT_THAT(quantize, SizeIs(8));
  std::vector<std::string> inputs;
  for (const auto& node : quantize) {
    inputs.push_back(node.input(0));
    EXPECT_THAT(stored.at(node.input(1)).float_data(), ElementsAre(2.54F / 127));
    EXPECT_EQ(stored.at(node.input(2)).data_type(), onnx::TensorProto::INT8);
    EXPECT_EQ(stored.at(node.input(2)).raw_data(), std::string(1, '\0'));
  }
  EXPECT_EQ(inputs, quantized_activations(small_config(), false));
  EXPECT_THAT(nodes_of(model, "DequantizeLinear"), SizeIs(16));  // of an activation and a weight each
  EXPECT_THAT(nodes_of(model, "Gemm"), SizeIs(1));               // the head
}

TEST(Int8Static, DequantisesWeightsAlongTheirOutputs) {
  const auto model = build_decoder(small_config(), int8_settings(QuantizationForm::qdq, true));
  std::map<std::string, std::int64_t> axes;
  for (const auto& node : nodes_of(model, "DequantizeLinear")) {
    if (node.attribute_size() == 1) {
      axes[node.input(0)] = node.attribute(0).i();
    }
  }
  EXPECT_THAT(axes, SizeIs(9));
  EXPECT_EQ(axes["h.0.attn.c_attn.weight_int8"], 1);  // [in, out]
  EXPECT_EQ(axes["h.1.mlp.c_proj.weight_int8"], 1);
  EXPECT_EQ(axes["wte.weight_int8"], 0);  // [vocabulary, hidden], transposed behind it
  EXPECT_THAT(nodes_of(model, "Gemm"), SizeIs(0));
}

TEST(Int8Static, NeedsAFiniteLimitOfEachActivation) {
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, small_config());
  auto settings = int8_settings(QuantizationForm::qdq);
  settings.quantization.limits.erase("ln_f");
  EXPECT_TRUE(export_onnx(source, settings, folder / "m")) << "only the head needs it";
  settings.quantization.limits["h.1.mlp/gelu"] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(export_onnx(source, settings, folder / "n").error().message,
              AllOf(HasSubstr("'h.1.mlp/gelu'"), HasSubstr("inf")));
  settings.quantization.limits.erase("h.1.mlp/gelu");
  EXPECT_THAT(export_onnx(source, settings, folder / "n").error().message, HasSubstr("'h.1.mlp/gelu'"));
  EXPECT_FALSE(std::filesystem::exists(folder / "n"));
}

/// The pattern of onnxruntime.quantization.quantize_dynamic, which ONNX Runtime fuses.
TEST(Int8Dynamic, IsThePatternThatOnnxRuntimeFuses) {
  const auto model = build_decoder(small_config(), int8_settings(QuantizationForm::dynamic));
  ASSERT_THAT(nodes_of(model, "DynamicQuantizeLinear"), SizeIs(8));
  EXPECT_THAT(nodes_of(model, "QuantizeLinear"), SizeIs(0));
  std::map<std::string, const onnx::NodeProto*> users;
  for (const auto& node : model.graph().node()) {
    for (const auto& input : node.input()) {
      users[input] = &node;
    }
  }
  for (const auto& product : nodes_of(model, "MatMulInteger")) {
    std::vector<std::string> chain;
    const auto* node = users.at(product.output(0));
    for (int i = 0; i < 3; ++i) {
      chain.push_back(node->op_type());
      node = users.at(node->output(0));
    }
    EXPECT_THAT(chain, ElementsAre("Cast", "Mul", "Add")) << product.name();
  }
}

/// Blocks of some size: a quarter of fp32's bytes, and little else.
TEST(Int8File, HasAQuarterOfTheBlocksBytes) {
  const auto config = *model::parse_model_name("gpt2:layers=2,hidden=128,heads=2,vocabulary=61,positions=32");
  const TemporaryFolder folder;
  const auto source = seeded_source(folder, config);
  ExportSettings settings;
  const auto whole = export_onnx(source, settings, folder / "fp32");
  settings.precision = Precision::int8;
  const auto dynamic = export_onnx(source, settings, folder / "int8");
  ASSERT_TRUE(whole && dynamic);
  const double embedding = 4.0 * (61 + 32) * 128;
  const double ratio = (static_cast<double>(dynamic->graph.bytes) - embedding) /
                       (static_cast<double>(whole->graph.bytes) - embedding);
  EXPECT_LT(ratio, 0.28);
  EXPECT_GT(ratio, 0.24);
}

TEST(Int8Observed, ShowsTheActivationsAndAllPositionsOfTheLast) {
  ExportSettings settings;
  settings.observed = true;
  settings.logits = protocol::LogitsScope::last;
  const auto model = build_decoder(small_config(), settings);
  const auto verified = verify_graph(model);
  EXPECT_TRUE(verified) << verified.error().message;
  std::vector<std::string> names;
  for (const auto& output : model.graph().output()) {
    names.push_back(output.name());
  }
  auto expected = quantized_activations(small_config(), true);
  expected.insert(expected.begin(), "logits");
  EXPECT_EQ(names, expected);
  for (const auto& node : model.graph().node()) {
    if (node.name() == "head/last") {
      EXPECT_EQ(node.input(0), "head/by_sequence");
    } else if (node.name() == "head/by_sequence") {
      EXPECT_EQ(node.input(0), "ln_f");
    }
  }
}

TEST(QuantizeWeight, RoundsToTheNearestAndKeepsZeros) {
  const model::Tensor spec{"w", {2, 3}};
  const std::vector<float> weights{127.0F, 0.0F, -1.0F, 2.5F, 0.0F, 0.4F};
  const auto made = quantize_weight(spec, weights, 1, 127);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->scales, ElementsAre(1.0F, 1.0F, 1.0F / 127));  // the middle column is all 0
  EXPECT_THAT(made->values, ElementsAre(127, 0, -127, 2, 0, 51));  // 2.5: ties to even
  const auto rows = quantize_weight(spec, weights, 0, 127);
  ASSERT_TRUE(rows);
  EXPECT_THAT(rows->scales, ElementsAre(1.0F, 2.5F / 127));
}

TEST(QuantizeWeight, NamesTheTensorThatIsNotFinite) {
  const model::Tensor spec{"h.0.mlp.c_fc.weight", {1, 3}};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const auto made = quantize_weight(spec, std::vector<float>{1.0F, bad, 2.0F}, 1, 127);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, AllOf(HasSubstr("'h.0.mlp.c_fc.weight'"), HasSubstr("element 1")));
  }
}

}  // namespace
}  // namespace inferscale::test
