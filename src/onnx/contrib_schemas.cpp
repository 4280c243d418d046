#include "onnx/contrib_schemas.hpp"

#include <onnx/defs/schema.h>
#include <onnx/defs/shape_inference.h>

#include <vector>

#include "onnx/fused_schemas.hpp"
#include "onnx/schema_inference.hpp"

namespace inferscale::onnx_graph {
namespace {

using onnx::AttributeProto;
using onnx::InferenceContext;
using onnx::OpSchema;

void check_shape(InferenceContext& context, std::size_t input, const std::vector<std::int64_t>& expected) {
  if (!onnx::hasInputShape(context, input)) {
    return;
  }
  const auto& shape = onnx::getInputShape(context, input);
  std::vector<std::int64_t> found;
  for (const auto& dimension : shape.dim()) {
    found.push_back(dimension.dim_value());
  }
  if (found != expected) {
    fail_shape_inference("input ", input, " does not have the shape that K, N and block_size ask for");
  }
}

/// A weight's shape must be what K, N and block_size ask for; y is x with N in place of its last axis, K.
void infer_product(InferenceContext& context) {
  onnx::propagateElemTypeFromInputToOutput(context, 0, 0);
  const std::int64_t inputs = integer_attribute(context, "K");
  const std::int64_t outputs = integer_attribute(context, "N");
  const std::int64_t block = integer_attribute(context, "block_size");
  const std::int64_t blocks = block > 0 ? (inputs + block - 1) / block : 0;
  constexpr std::int64_t kByte = 8;
  check_shape(context, 1, {outputs, blocks, block * integer_attribute(context, "bits") / kByte});
  check_shape(context, 2, {outputs, blocks});
  check_shape(context, 3, {outputs, (blocks + 1) / 2});
  if (!onnx::hasInputShape(context, 0)) {
    return;
  }
  onnx::TensorShapeProto shape = onnx::getInputShape(context, 0);
  auto& last = *shape.mutable_dim(shape.dim_size() - 1);
  if (last.has_dim_value() && last.dim_value() != inputs) {
    fail_shape_inference("the last axis of x is ", last.dim_value(), ", and K is ", inputs);
  }
  last.set_dim_value(outputs);
  set_output_shape(context, 0, shape);
}

OpSchema product_of_bits() {
  OpSchema schema("MatMulNBits", __FILE__, __LINE__);
  schema.SetDomain(kContribDomain)
      .SinceVersion(1)
      .Attr("K", "inputs", AttributeProto::INT)
      .Attr("N", "outputs", AttributeProto::INT)
      .Attr("bits", "of a weight", AttributeProto::INT)
      .Attr("block_size", "weights a scale", AttributeProto::INT)
      .Attr("accuracy_level", "least precision of a kernel's activations", AttributeProto::INT,
            std::int64_t{0})
      .Input(0, "A", "x", "T1")
      .Input(1, "B", "weights", "T2")
      .Input(2, "scales", "of the blocks", "T1")
      .Input(3, "zero_points", "of the blocks, packed; none: the middle of the range", "T2",
             OpSchema::Optional)
      .Output(0, "Y", "y", "T1")
      .TypeConstraint("T1", {"tensor(float)", "tensor(float16)"}, "floats")
      .TypeConstraint("T2", {"tensor(uint8)"}, "packed weights")
      .TypeAndShapeInferenceFunction(infer_product);
  return schema;
}

}  // namespace

void know_contrib_operators() {
  static const bool known = [] {
    onnx::OpSchemaRegistry::DomainToVersionRange::Instance().AddDomainToVersion(kContribDomain, 1, 1);
    onnx::RegisterSchema(product_of_bits());
    onnx::RegisterSchema(grouped_attention_schema());
    onnx::RegisterSchema(skip_rms_norm_schema());
    return true;
  }();
  static_cast<void>(known);
}

}  // namespace inferscale::onnx_graph
