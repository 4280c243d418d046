#include "onnx/fused_schemas.hpp"

#include <onnx/defs/shape_inference.h>

#include "onnx/contrib_schemas.hpp"
#include "onnx/schema_inference.hpp"

namespace inferscale::onnx_graph {
namespace {

using onnx::AttributeProto;
using onnx::InferenceContext;
using onnx::OpSchema;

/// Width of the queries: all of the input, or its share where keys and values lie beside them.
std::int64_t query_width(InferenceContext& context, std::int64_t width, std::int64_t heads,
                         std::int64_t kv_heads) {
  const bool packed = context.getInputType(1) == nullptr;
  const std::int64_t all_heads = heads + (packed ? 2 * kv_heads : 0);
  if (all_heads < 1 || width % all_heads != 0) {
    fail_shape_inference("the width of the queries, ", width, ", is no multiple of ", all_heads, " heads");
  }
  return width / all_heads * heads;
}

/// As it comes in: it has room for the new tokens.
void infer_cache_in_place(InferenceContext& context) {
  for (std::size_t output = 1; output < context.getNumOutputs(); ++output) {
    if (onnx::hasInputShape(context, output + 2)) {
      set_output_shape(context, output, onnx::getInputShape(context, output + 2));
    }
  }
}

void infer_grouped_attention(InferenceContext& context) {
  const std::int64_t heads = integer_attribute(context, "num_heads");
  const std::int64_t kv_heads = integer_attribute(context, "kv_num_heads");
  for (std::size_t output = 0; output < context.getNumOutputs(); ++output) {
    onnx::propagateElemTypeFromInputToOutput(context, 0, output);
  }
  if (!onnx::hasInputShape(context, 0)) {
    return;
  }
  onnx::TensorShapeProto shape = onnx::getInputShape(context, 0);
  if (shape.dim_size() != 3) {
    fail_shape_inference("queries must be [batch, sequence, width]");
  }
  auto& last = *shape.mutable_dim(2);
  if (!last.has_dim_value()) {
    return;
  }
  last.set_dim_value(query_width(context, last.dim_value(), heads, kv_heads));
  set_output_shape(context, 0, shape);
  if (context.getInputType(3) != nullptr) {
    infer_cache_in_place(context);
    return;
  }
  onnx::TensorShapeProto cache;
  *cache.add_dim() = shape.dim(0);
  cache.add_dim()->set_dim_value(kv_heads);
  *cache.add_dim() = shape.dim(1);
  cache.add_dim()->set_dim_value(shape.dim(2).dim_value() / heads);
  for (std::size_t output = 1; output < context.getNumOutputs(); ++output) {
    set_output_shape(context, output, cache);
  }
}

/// The norm, and the sum, look as x does.
void infer_skip_rms_norm(InferenceContext& context) {
  for (const std::size_t output : {std::size_t{0}, std::size_t{3}}) {
    if (output < context.getNumOutputs()) {
      onnx::propagateElemTypeFromInputToOutput(context, 0, output);
      if (onnx::hasInputShape(context, 0)) {
        set_output_shape(context, output, onnx::getInputShape(context, 0));
      }
    }
  }
}

const std::vector<std::string>& floats() {
  static const std::vector<std::string> types{"tensor(float)", "tensor(float16)", "tensor(bfloat16)"};
  return types;
}

}  // namespace

OpSchema grouped_attention_schema() {
  OpSchema schema("GroupQueryAttention", __FILE__, __LINE__);
  schema.SetDomain(kContribDomain)
      .SinceVersion(1)
      .Attr("num_heads", "of queries", AttributeProto::INT)
      .Attr("kv_num_heads", "of keys and values", AttributeProto::INT)
      .Attr("scale", "of products", AttributeProto::FLOAT)
      .Attr("local_window_size", "tokens that one sees", AttributeProto::INT, std::int64_t{-1})
      .Attr("do_rotary", "whether queries and keys are turned", AttributeProto::INT, std::int64_t{0})
      .Input(0, "query", "queries, or all three", "T")
      .Input(1, "key", "keys", "T", OpSchema::Optional)
      .Input(2, "value", "values", "T", OpSchema::Optional)
      .Input(3, "past_key", "cache", "T", OpSchema::Optional)
      .Input(4, "past_value", "cache", "T", OpSchema::Optional)
      .Input(5, "seqlens_k", "the last place of each sequence", "M")
      .Input(6, "total_sequence_length", "tokens of a sequence", "M")
      .Input(7, "cos_cache", "cosines", "T", OpSchema::Optional)
      .Input(8, "sin_cache", "sines", "T", OpSchema::Optional)
      .Output(0, "output", "mixed values", "T")
      .Output(1, "present_key", "keys", "T")
      .Output(2, "present_value", "values", "T")
      .TypeConstraint("T", floats(), "floats")
      .TypeConstraint("M", {"tensor(int32)"}, "places")
      .TypeAndShapeInferenceFunction(infer_grouped_attention);
  return schema;
}

OpSchema skip_rms_norm_schema() {
  OpSchema schema("SkipSimplifiedLayerNormalization", __FILE__, __LINE__);
  schema.SetDomain(kContribDomain)
      .SinceVersion(1)
      .Attr("epsilon", "added to the mean square", AttributeProto::FLOAT)
      .Input(0, "input", "x", "T")
      .Input(1, "skip", "what is added to x", "T")
      .Input(2, "gamma", "scale", "T")
      .Output(0, "output", "the norm", "T")
      .Output(1, "mean", "of training", "U", OpSchema::Optional)
      .Output(2, "inv_std_var", "of training", "U", OpSchema::Optional)
      .Output(3, "input_skip_bias_sum", "the sum", "T", OpSchema::Optional)
      .TypeConstraint("T", floats(), "floats")
      .TypeConstraint("U", {"tensor(float)"}, "statistics")
      .TypeAndShapeInferenceFunction(infer_skip_rms_norm);
  return schema;
}

}  // namespace inferscale::onnx_graph
