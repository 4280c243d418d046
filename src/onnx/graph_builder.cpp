#include "onnx/graph_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/dtype.hpp"

namespace inferscale::onnx_graph {

void set_attribute(onnx::NodeProto& node, std::string_view name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void set_attribute(onnx::NodeProto& node, std::string_view name, float value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void set_attribute(onnx::NodeProto& node, std::string_view name, const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const auto value : values) {
    attribute.add_ints(value);
  }
}

std::string GraphBuilder::scoped(std::string_view label) const {
  return scope_.empty() ? std::string(label) : fmt::format("{}/{}", scope_, label);
}

onnx::NodeProto& GraphBuilder::add(std::string_view op, std::string_view label, Names inputs) {
  auto& node = *graph_.add_node();
  node.set_op_type(std::string(op));
  node.set_name(scoped(label));
  for (const auto& input : inputs) {
    node.add_input(input);
  }
  node.add_output(scoped(label));
  return node;
}

std::string GraphBuilder::node(std::string_view op, std::string_view label, Names inputs) {
  return add(op, label, inputs).output(0);
}

std::string GraphBuilder::constant(onnx::TensorProto tensor) {
  for (const auto& existing : graph_.initializer()) {
    if (existing.name() == tensor.name()) {
      return tensor.name();
    }
  }
  *graph_.add_initializer() = std::move(tensor);
  return graph_.initializer(graph_.initializer_size() - 1).name();
}

std::string GraphBuilder::scalar(float value, int data_type) {
  onnx::TensorProto tensor;
  tensor.set_data_type(data_type);
  if (data_type == onnx::TensorProto::FLOAT16) {
    tensor.set_name(fmt::format("const/fp16/{}", value));
    tensor.add_int32_data(model::float_to_f16(value));
  } else if (data_type == onnx::TensorProto::BFLOAT16) {
    tensor.set_name(fmt::format("const/bf16/{}", value));
    // OpenVINO 2026.4 takes int32_data of bf16 for numbers, not for their bits.
    const std::uint16_t bits = model::float_to_bf16(value);
    tensor.set_raw_data(&bits, sizeof bits);
  } else {
    tensor.set_name(fmt::format("const/{}", value));
    tensor.add_float_data(value);
  }
  return constant(std::move(tensor));
}

std::string GraphBuilder::named_scalar(const std::string& name, float value) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_float_data(value);
  return constant(std::move(tensor));
}

std::string GraphBuilder::int8_zeros(std::int64_t count) {
  onnx::TensorProto tensor;
  tensor.set_name(fmt::format("const/int8/zeros/{}", count));
  tensor.set_data_type(onnx::TensorProto::INT8);
  if (count > 0) {
    tensor.add_dims(count);
  }
  tensor.set_raw_data(std::string(static_cast<std::size_t>(std::max<std::int64_t>(count, 1)), '\0'));
  return constant(std::move(tensor));
}

std::string GraphBuilder::table(const std::string& name, std::int64_t columns,
                                const std::vector<float>& values, int data_type) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(data_type);
  tensor.add_dims(static_cast<std::int64_t>(values.size()) / columns);
  tensor.add_dims(columns);
  if (data_type == onnx::TensorProto::FLOAT) {
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  } else {
    std::vector<std::uint16_t> halves(values.size());
    const bool bf16 = data_type == onnx::TensorProto::BFLOAT16;
    model::convert_from_f32(bf16 ? model::Dtype::bf16 : model::Dtype::f16, values, halves);
    tensor.set_raw_data(halves.data(), halves.size() * sizeof(std::uint16_t));
  }
  return constant(std::move(tensor));
}

std::string GraphBuilder::int64s(const std::vector<std::int64_t>& values) {
  onnx::TensorProto tensor;
  tensor.set_name(fmt::format("const/[{}]", fmt::join(values, ",")));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const auto value : values) {
    tensor.add_int64_data(value);
  }
  return constant(std::move(tensor));
}

std::string GraphBuilder::int32_scalar(std::int32_t value) {
  onnx::TensorProto tensor;
  tensor.set_name(fmt::format("const/int32/{}", value));
  tensor.set_data_type(onnx::TensorProto::INT32);
  tensor.add_int32_data(value);
  return constant(std::move(tensor));
}

std::string GraphBuilder::int64_scalar(std::int64_t value) {
  onnx::TensorProto tensor;
  tensor.set_name(fmt::format("const/int/{}", value));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_int64_data(value);
  return constant(std::move(tensor));
}

std::string GraphBuilder::weight(const std::string& name, const std::vector<std::int64_t>& shape,
                                 int data_type) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(data_type);
  for (const auto dimension : shape) {
    tensor.add_dims(dimension);
  }
  return constant(std::move(tensor));
}

std::string GraphBuilder::gather(std::string_view label, const std::string& data, const std::string& indices,
                                 int axis) {
  auto& gathered = add("Gather", label, {data, indices});
  set_attribute(gathered, "axis", std::int64_t{axis});
  return gathered.output(0);
}

std::string GraphBuilder::gemm(std::string_view label, const std::string& x, const std::string& w,
                               const std::string& bias, bool transposed) {
  auto& product = add("Gemm", label, {x, w});
  if (!bias.empty()) {
    product.add_input(bias);
  }
  if (transposed) {
    set_attribute(product, "transB", std::int64_t{1});
  }
  return product.output(0);
}

std::string GraphBuilder::layer_norm(std::string_view label, const std::string& x, const std::string& scale,
                                     const std::string& bias, double epsilon) {
  auto& norm = add("LayerNormalization", label, {x, scale, bias});
  set_attribute(norm, "axis", std::int64_t{-1});
  set_attribute(norm, "epsilon", static_cast<float>(epsilon));
  return norm.output(0);
}

std::string GraphBuilder::transpose(std::string_view label, const std::string& x,
                                    const std::vector<std::int64_t>& order) {
  auto& transposed = add("Transpose", label, {x});
  set_attribute(transposed, "perm", order);
  return transposed.output(0);
}

std::string GraphBuilder::mean(std::string_view label, const std::string& x) {
  auto& reduced = add("ReduceMean", label, {x});
  set_attribute(reduced, "axes", std::vector<std::int64_t>{-1});
  return reduced.output(0);
}

std::string GraphBuilder::softmax(std::string_view label, const std::string& x) {
  auto& soft = add("Softmax", label, {x});
  set_attribute(soft, "axis", std::int64_t{-1});
  return soft.output(0);
}

std::string GraphBuilder::cast(std::string_view label, const std::string& x, int data_type) {
  auto& converted = add("Cast", label, {x});
  set_attribute(converted, "to", std::int64_t{data_type});
  return converted.output(0);
}

std::string GraphBuilder::concat(std::string_view label, Names inputs, int axis) {
  auto& joined = add("Concat", label, inputs);
  set_attribute(joined, "axis", std::int64_t{axis});
  return joined.output(0);
}

std::vector<std::string> GraphBuilder::split(std::string_view label, const std::string& x, int axis,
                                             const std::vector<std::int64_t>& sizes) {
  auto& parts = add("Split", label, {x, int64s(sizes)});
  set_attribute(parts, "axis", std::int64_t{axis});
  parts.clear_output();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    names.push_back(fmt::format("{}.{}", scoped(label), i));
    parts.add_output(names.back());
  }
  return names;
}

}  // namespace inferscale::onnx_graph
