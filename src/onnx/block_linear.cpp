#include "onnx/int4_linear.hpp"

#include "onnx/contrib_schemas.hpp"

namespace inferscale::onnx_graph {
namespace {

/// 4: a kernel may multiply with activations of 8 bits, which have a scale for each block of a row. ONNX
/// Runtime GenAI's CPU models have it too.
constexpr std::int64_t kAccuracyLevel = 4;

}  // namespace

Int4Matrix int4_matrix(GraphBuilder& build, const LinearWeight& weight) {
  Int4Matrix matrix;
  matrix.outputs = weight.shape.at(static_cast<std::size_t>(weight.output_axis));
  matrix.inputs = weight.shape.at(static_cast<std::size_t>(1 - weight.output_axis));
  const auto blocks = (matrix.inputs + kInt4Block - 1) / kInt4Block;
  matrix.values = build.weight(int4_name(weight.name), {matrix.outputs, blocks, kInt4Block / 2},
                               onnx::TensorProto::UINT8);
  matrix.scales =
      build.weight(int4_scales_name(weight.name), {matrix.outputs, blocks}, onnx::TensorProto::FLOAT);
  matrix.zero_points = build.weight(int4_zero_points_name(weight.name), {matrix.outputs, (blocks + 1) / 2},
                                    onnx::TensorProto::UINT8);
  return matrix;
}

Int4Matrix joined(GraphBuilder& build, const std::string& label, const std::array<Int4Matrix, 3>& matrices) {
  const auto join = [&](const char* part, std::string Int4Matrix::* of) {
    return build.concat(label + part, {matrices[0].*of, matrices[1].*of, matrices[2].*of}, 0);
  };
  Int4Matrix all{join("/values", &Int4Matrix::values), join("/scales", &Int4Matrix::scales),
                 join("/zero_points", &Int4Matrix::zero_points), 0, matrices.front().inputs};
  for (const Int4Matrix& matrix : matrices) {
    all.outputs += matrix.outputs;
  }
  return all;
}

std::string int4_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                        const Int4Matrix& matrix, const std::string& bias) {
  auto& product = build.add("MatMulNBits", bias.empty() ? label : label + "/product",
                            {x, matrix.values, matrix.scales, matrix.zero_points});
  product.set_domain(kContribDomain);
  set_attribute(product, "K", matrix.inputs);
  set_attribute(product, "N", matrix.outputs);
  set_attribute(product, "bits", std::int64_t{4});
  set_attribute(product, "block_size", std::int64_t{kInt4Block});
  set_attribute(product, "accuracy_level", kAccuracyLevel);
  const std::string result = build.output_of(product);
  return bias.empty() ? result : build.node("Add", label, {result, bias});
}

}  // namespace inferscale::onnx_graph
