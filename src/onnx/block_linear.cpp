#include "onnx/block_linear.hpp"

#include "onnx/contrib_schemas.hpp"

namespace inferscale::onnx_graph {
namespace {

/// 4: a kernel may multiply with activations of 8 bits, which have a scale for each block of a row. ONNX
/// Runtime GenAI's CPU models have it too.
constexpr std::int64_t kAccuracyLevel = 4;

}  // namespace

BlockMatrix block_matrix(GraphBuilder& build, const LinearWeight& weight, int bits) {
  BlockMatrix matrix;
  matrix.bits = bits;
  matrix.outputs = weight.shape.at(static_cast<std::size_t>(weight.output_axis));
  matrix.inputs = weight.shape.at(static_cast<std::size_t>(1 - weight.output_axis));
  const auto blocks = (matrix.inputs + kBlock - 1) / kBlock;
  matrix.values = build.weight(block_values_name(weight.name, bits),
                               {matrix.outputs, blocks, block_bytes(bits)}, onnx::TensorProto::UINT8);
  matrix.scales =
      build.weight(block_scales_name(weight.name, bits), {matrix.outputs, blocks}, onnx::TensorProto::FLOAT);
  if (bits == kInt4Bits) {
    matrix.zero_points = build.weight(int4_zero_points_name(weight.name), {matrix.outputs, (blocks + 1) / 2},
                                      onnx::TensorProto::UINT8);
  }
  return matrix;
}

BlockMatrix joined(GraphBuilder& build, const std::string& label,
                   const std::array<BlockMatrix, 3>& matrices) {
  const auto join = [&](const char* part, std::string BlockMatrix::* of) {
    return build.concat(label + part, {matrices[0].*of, matrices[1].*of, matrices[2].*of}, 0);
  };
  BlockMatrix all = matrices.front();
  all.values = join("/values", &BlockMatrix::values);
  all.scales = join("/scales", &BlockMatrix::scales);
  if (!all.zero_points.empty()) {
    all.zero_points = join("/zero_points", &BlockMatrix::zero_points);
  }
  all.outputs = matrices[0].outputs + matrices[1].outputs + matrices[2].outputs;
  return all;
}

std::string block_linear(GraphBuilder& build, const std::string& label, const std::string& x,
                         const BlockMatrix& matrix, const std::string& bias) {
  auto& product =
      build.add("MatMulNBits", bias.empty() ? label : label + "/product", {x, matrix.values, matrix.scales});
  if (!matrix.zero_points.empty()) {
    product.add_input(matrix.zero_points);
  }
  product.set_domain(kContribDomain);
  set_attribute(product, "K", matrix.inputs);
  set_attribute(product, "N", matrix.outputs);
  set_attribute(product, "bits", std::int64_t{matrix.bits});
  set_attribute(product, "block_size", std::int64_t{kBlock});
  set_attribute(product, "accuracy_level", kAccuracyLevel);
  const std::string result = build.output_of(product);
  return bias.empty() ? result : build.node("Add", label, {result, bias});
}

}  // namespace inferscale::onnx_graph
