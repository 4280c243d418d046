#include "onnx/verify.hpp"

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <exception>

#include "onnx/contrib_schemas.hpp"
#include "onnx/model_writer.hpp"

namespace inferscale::onnx_graph {
namespace {

/// The same graph with every weight as an input.
onnx::ModelProto with_weights_as_inputs(const onnx::ModelProto& model) {
  onnx::ModelProto copy = model;
  auto& graph = *copy.mutable_graph();
  graph.clear_initializer();
  for (const auto& tensor : model.graph().initializer()) {
    if (!is_streamed(tensor)) {
      *graph.add_initializer() = tensor;
      continue;
    }
    auto& input = *graph.add_input();
    input.set_name(tensor.name());
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(tensor.data_type());
    auto& shape = *type.mutable_shape();
    for (const auto dimension : tensor.dims()) {
      shape.add_dim()->set_dim_value(dimension);
    }
  }
  return copy;
}

}  // namespace

Result<void> verify_graph(const onnx::ModelProto& model) {
  try {
    know_contrib_operators();
    onnx::ModelProto copy = with_weights_as_inputs(model);
    onnx::checker::check_model(copy);
    const onnx::ShapeInferenceOptions strict{/*check_type=*/true, /*strict_mode=*/1, /*data_prop=*/true};
    onnx::shape_inference::InferShapes(copy, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& e) {
    return fail("the exported graph does not pass onnx's checker: {}", e.what());
  }
  return {};
}

}  // namespace inferscale::onnx_graph
