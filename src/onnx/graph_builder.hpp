#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace inferscale::onnx_graph {

/// Adds nodes to an ONNX graph: each call names the node's output after the current scope
/// ("h.3.attn/scores"), so that a runtime's profile reads like the model.
class GraphBuilder {
 public:
  using Names = std::initializer_list<std::string>;

  explicit GraphBuilder(onnx::GraphProto& graph) : graph_(graph) {}

  void set_scope(std::string scope) { scope_ = std::move(scope); }

  /// One node with one output, named `label` inside the scope.
  std::string node(std::string_view op, std::string_view label, Names inputs);
  /// The same, and its attributes may be set on the result.
  onnx::NodeProto& add(std::string_view op, std::string_view label, Names inputs);
  std::string output_of(const onnx::NodeProto& node) const { return node.output(0); }

  /// Small constants, stored in the graph. Equal ones are stored once.
  /// `data_type`: FLOAT, FLOAT16 or BFLOAT16.
  std::string scalar(float value, int data_type = onnx::TensorProto::FLOAT);
  /// A scalar under a name of its own.
  std::string named_scalar(const std::string& name, float value);
  /// int8 zeros: `count` of them, or a scalar for 0.
  std::string int8_zeros(std::int64_t count);
  /// A matrix of `columns`, row after row. `data_type`: FLOAT, FLOAT16 or BFLOAT16.
  std::string table(const std::string& name, std::int64_t columns, const std::vector<float>& values,
                    int data_type);
  std::string int64s(const std::vector<std::int64_t>& values);
  std::string int32_scalar(std::int32_t value);
  std::string int64_scalar(std::int64_t value);

  /// Declares a weight whose bytes the writer streams later.
  std::string weight(const std::string& name, const std::vector<std::int64_t>& shape, int data_type);

  std::string gather(std::string_view label, const std::string& data, const std::string& indices, int axis);
  /// y = x W + b on two-dimensional x; `transposed`: W is [out, in].
  std::string gemm(std::string_view label, const std::string& x, const std::string& w,
                   const std::string& bias, bool transposed = false);
  std::string layer_norm(std::string_view label, const std::string& x, const std::string& scale,
                         const std::string& bias, double epsilon);
  std::string transpose(std::string_view label, const std::string& x, const std::vector<std::int64_t>& order);
  /// Over the last axis, which stays with one element.
  std::string mean(std::string_view label, const std::string& x);
  std::string softmax(std::string_view label, const std::string& x);
  std::string cast(std::string_view label, const std::string& x, int data_type);
  std::string concat(std::string_view label, Names inputs, int axis);
  std::vector<std::string> split(std::string_view label, const std::string& x, int axis,
                                 const std::vector<std::int64_t>& sizes);

 private:
  std::string scoped(std::string_view label) const;
  std::string constant(onnx::TensorProto tensor);

  onnx::GraphProto& graph_;
  std::string scope_;
};

void set_attribute(onnx::NodeProto& node, std::string_view name, std::int64_t value);
void set_attribute(onnx::NodeProto& node, std::string_view name, float value);
void set_attribute(onnx::NodeProto& node, std::string_view name, const std::vector<std::int64_t>& values);

}  // namespace inferscale::onnx_graph
