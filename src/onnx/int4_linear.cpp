#include "onnx/int4_linear.hpp"

#include "onnx/contrib_schemas.hpp"

namespace inferscale::onnx_graph {
namespace {

/// 4: a kernel may multiply with activations of 8 bits, which have a scale for each block of a row. ONNX
/// Runtime GenAI's CPU models have it too.
constexpr std::int64_t kAccuracyLevel = 4;

}  // namespace

std::string int4_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                        const LinearWeight& weight, const std::string& bias) {
  const auto outputs = weight.shape.at(static_cast<std::size_t>(weight.output_axis));
  const auto inputs = weight.shape.at(static_cast<std::size_t>(1 - weight.output_axis));
  const auto blocks = (inputs + kInt4Block - 1) / kInt4Block;
  const auto values =
      build.weight(int4_name(weight.name), {outputs, blocks, kInt4Block / 2}, onnx::TensorProto::UINT8);
  const auto scales =
      build.weight(int4_scales_name(weight.name), {outputs, blocks}, onnx::TensorProto::FLOAT);
  const auto zero_points =
      build.weight(int4_zero_points_name(weight.name), {outputs, (blocks + 1) / 2}, onnx::TensorProto::UINT8);
  auto& product =
      build.add("MatMulNBits", bias.empty() ? label : label + "/product", {x, values, scales, zero_points});
  product.set_domain(kContribDomain);
  set_attribute(product, "K", inputs);
  set_attribute(product, "N", outputs);
  set_attribute(product, "bits", std::int64_t{4});
  set_attribute(product, "block_size", std::int64_t{kInt4Block});
  set_attribute(product, "accuracy_level", kAccuracyLevel);
  const std::string result = build.output_of(product);
  return bias.empty() ? result : build.node("Add", label, {result, bias});
}

}  // namespace inferscale::onnx_graph
