#include "onnx/quantized_linear.hpp"

namespace inferscale::onnx_graph {
namespace {

constexpr float kLargestInt8 = 127.0F;

struct DynamicInput {
  std::string quantized, scale, zero;
};

DynamicInput dynamic_quantize(GraphBuilder& build, const std::string& label, const std::string& x) {
  auto& quantize = build.add("DynamicQuantizeLinear", label + "/quantize", {x});
  const std::string quantized = quantize.output(0);
  DynamicInput input{quantized, quantized + "_scale", quantized + "_zero_point"};
  quantize.add_output(input.scale);
  quantize.add_output(input.zero);
  return input;
}

/// x as integers held in floats: with calibrated scales or, where there is none, with scales as they come.
struct ExactInput {
  std::string integers, scale;
};

ExactInput exact_input(GraphBuilder& build, const Quantization& quantization, const std::string& label,
                       const std::string& x) {
  constexpr int kFloat = onnx::TensorProto::FLOAT;
  if (quantization.form == QuantizationForm::qdq) {
    const auto scale = build.named_scalar(label + "/scale", quantization.limits.at(x) / kLargestInt8);
    const auto quantized = build.node("QuantizeLinear", label + "/quantize", {x, scale, build.int8_zeros(0)});
    return {build.cast(label + "/integers", quantized, kFloat), scale};
  }
  const auto [quantized, scale, zero] = dynamic_quantize(build, label, x);
  const auto shifted = build.cast(label + "/shifted", quantized, kFloat);
  return {build.node("Sub", label + "/integers", {shifted, build.cast(label + "/zero", zero, kFloat)}),
          scale};
}

/// Scales come last, as in the integer kernels.
std::string exact_product(GraphBuilder& build, const Quantization& quantization, const std::string& label,
                          const std::string& x, const LinearWeight& weight, const std::string& stored) {
  const ExactInput input = exact_input(build, quantization, label, x);
  const int axis = weight.output_axis;
  const auto outputs = weight.shape.at(static_cast<std::size_t>(axis));
  const auto scales = build.weight(scale_name(weight.name), {outputs}, onnx::TensorProto::FLOAT);
  const auto floats = build.cast(label + "/weight", stored, onnx::TensorProto::FLOAT);
  const auto matrix = axis == 1 ? floats : build.transpose(label + "/transposed", floats, {1, 0});
  const auto sums = build.node("MatMul", label + "/sums", {input.integers, matrix});
  const auto both = build.node("Mul", label + "/scales", {input.scale, scales});
  return build.node("Mul", label + "/product", {sums, both});
}

/// The product with calibrated scales: Q and DQ around x, DQ behind W. Runtimes replace the whole by one
/// integer kernel.
std::string static_product(GraphBuilder& build, float limit, const std::string& label, const std::string& x,
                           const LinearWeight& weight, const std::string& stored) {
  const auto scale = build.named_scalar(label + "/scale", limit / kLargestInt8);
  const auto zero = build.int8_zeros(0);
  const auto quantized = build.node("QuantizeLinear", label + "/quantize", {x, scale, zero});
  const auto restored = build.node("DequantizeLinear", label + "/dequantize", {quantized, scale, zero});
  const int axis = weight.output_axis;
  const auto outputs = weight.shape.at(static_cast<std::size_t>(axis));
  const auto scales = build.weight(scale_name(weight.name), {outputs}, onnx::TensorProto::FLOAT);
  auto& weights =
      build.add("DequantizeLinear", label + "/weight", {stored, scales, build.int8_zeros(outputs)});
  set_attribute(weights, "axis", std::int64_t{axis});
  const auto matrix = axis == 1 ? build.output_of(weights)
                                : build.transpose(label + "/transposed", build.output_of(weights), {1, 0});
  return build.node("MatMul", label + "/product", {restored, matrix});
}

/// The product with scales of x as it comes, in the order of nodes that ONNX Runtime's quantizer writes and
/// that it fuses to one DynamicQuantizeMatMul, bias included.
std::string dynamic_product(GraphBuilder& build, const std::string& label, const std::string& x,
                            const LinearWeight& weight, const std::string& stored) {
  const auto [quantized, scale, zero] = dynamic_quantize(build, label, x);
  const int axis = weight.output_axis;
  const auto outputs = weight.shape.at(static_cast<std::size_t>(axis));
  const auto scales = build.weight(scale_name(weight.name), {outputs}, onnx::TensorProto::FLOAT);
  const auto matrix = axis == 1 ? stored : build.transpose(label + "/transposed", stored, {1, 0});
  const auto integers = build.node("MatMulInteger", label + "/integers", {quantized, matrix, zero});
  const auto floats = build.cast(label + "/floats", integers, onnx::TensorProto::FLOAT);
  const auto both = build.node("Mul", label + "/scale", {scale, scales});
  return build.node("Mul", label + "/product", {floats, both});
}

}  // namespace

std::string quantized_linear(GraphBuilder& build, const Quantization& quantization, const std::string& label,
                             const std::string& x, const LinearWeight& weight, const std::string& bias) {
  const auto stored = build.weight(int8_name(weight.name), weight.shape, onnx::TensorProto::INT8);
  const auto make_product = [&] {
    if (quantization.exact_products) {
      return exact_product(build, quantization, label, x, weight, stored);
    }
    return quantization.form == QuantizationForm::qdq
               ? static_product(build, quantization.limits.at(x), label, x, weight, stored)
               : dynamic_product(build, label, x, weight, stored);
  };
  const auto product = make_product();
  return bias.empty() ? product : build.node("Add", label, {product, bias});
}

}  // namespace inferscale::onnx_graph
