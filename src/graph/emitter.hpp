#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/tensor.hpp"
#include "onnx/block_linear.hpp"
#include "onnx/graph_builder.hpp"
#include "onnx/settings.hpp"

namespace inferscale::graph {

/// An activation that an int8 graph quantises.
struct QuantizedInput {
  std::string name;        ///< in the graph
  std::int64_t width = 0;  ///< of its last axis
};

/// Emits a decoder's nodes: knows the types of a precision and the names of the weights, so that blocks know
/// neither.
///
/// At fp16 and bf16, weights and activations are that, and what loses its meaning there is done in fp32, with
/// casts around it (widen, narrow). At int8 and int4 the projections are quantised, and all else is fp32.
class Emitter {
 public:
  Emitter(onnx::GraphProto& graph, const model::DecoderSpec& spec,
          const onnx_graph::ExportSettings& settings);

  onnx_graph::GraphBuilder& build() { return build_; }
  [[nodiscard]] const model::DecoderSpec& spec() const { return spec_; }
  [[nodiscard]] const onnx_graph::ExportSettings& settings() const { return settings_; }
  /// True where activations have 16 bits: fp16 or bf16.
  [[nodiscard]] bool half() const { return type_ != onnx::TensorProto::FLOAT; }
  [[nodiscard]] bool bf16() const { return type_ == onnx::TensorProto::BFLOAT16; }
  /// Of activations, and of what a cache holds: a value of onnx::TensorProto::DataType.
  [[nodiscard]] int type() const { return type_; }
  /// True where weights have a scale for each block of them, at 4 bits or 8.
  [[nodiscard]] bool block_products() const {
    return settings_.precision == onnx_graph::Precision::int4 ||
           (settings_.precision == onnx_graph::Precision::int8 &&
            settings_.quantization.form == onnx_graph::QuantizationForm::blocks);
  }
  /// True where products multiply integers, with a scale for a whole activation.
  [[nodiscard]] bool integer_products() const { return quantises() && !block_products(); }
  /// True where attention is an operator of ONNX Runtime's own, and so are norms that have one.
  [[nodiscard]] bool fused() const { return settings_.dialect == onnx_graph::Dialect::fused; }
  /// True where the cache goes out as long as it came in, by operators of opset 17 alone.
  [[nodiscard]] bool fixed_cache() const { return settings_.dialect == onnx_graph::Dialect::fixed_cache; }
  /// True where activations are [batch, sequence, width] from the embedding on, since every operator takes
  /// them so: reshapes would be a few hundredths of a step. Elsewhere a row is a token.
  [[nodiscard]] bool keeps_sequences() const {
    return fused() && block_products() && settings_.quantization.head;
  }
  /// `x` in `shape`, [batch, sequence, width] or [tokens, width], whichever operators need there.
  std::string reshaped(std::string_view label, const std::string& x, const std::string& shape) {
    return keeps_sequences() ? x : build_.node("Reshape", label, {x, shape});
  }
  /// True where keys and values of earlier tokens come in.
  [[nodiscard]] bool cached() const { return settings_.mode == onnx_graph::GraphMode::decode; }

  /// True when the model has a tensor of this role.
  [[nodiscard]] bool has(model::Role role, int layer) const;
  /// What the role's nodes are called: its weight's name without ".weight".
  [[nodiscard]] std::string label(model::Role role, int layer) const;

  /// A weight in the type of the activations, or in fp32.
  std::string weight(model::Role role, int layer = -1, model::Part part = model::Part::weight);
  std::string weight_f32(model::Role role, int layer, model::Part part);

  /// A constant matrix in the type of the activations, its rows of `columns` one after another.
  std::string table(const std::string& name, std::int64_t columns, const std::vector<float>& values) {
    return build_.table(name, columns, values, type_);
  }
  std::string scalar(float value) { return build_.scalar(value, type_); }
  /// From the type of the activations to fp32 and back; nothing where they are the same.
  std::string widen(std::string_view label, const std::string& x);
  std::string narrow(std::string_view label, const std::string& x);

  /// y = x W + b of a projection, outside any scope.
  std::string linear(const std::string& x, model::Role role, int layer);
  /// Queries, keys and values of x by one product, side by side, of a model that stores a matrix for each.
  std::string query_key_value(const std::string& x, int layer, const std::string& label);

  /// Queries, keys and values of x by a product each, of a model that stores one matrix for all three, not
  /// quantised.
  std::array<std::string, 3> apart(const std::string& x, int layer);

  /// x + added, named `label` outside any scope. In a fused graph the sum is made by the norm behind it, or
  /// by settled() where there is none.
  std::string residual(const std::string& label, const std::string& added, const std::string& x);
  std::string settled(const std::string& sum);
  /// The norm of a sum that residual() has not made yet, which it then makes; nothing for any other x.
  std::optional<std::string> norm_of_sum(const std::string& x, model::Role role, int layer);

  /// As linear(), of the output projection, quantised only where the settings say so; `label` outside any
  /// scope. `normed` is recorded as its input: x, or what x is the last positions of.
  std::string head(const std::string& label, const std::string& x, const std::string& normed);

  /// The inputs of linear() and, where `with_head`, of head(), in order, each once: what an int8 graph
  /// quantises. The record is the same at fp32.
  [[nodiscard]] std::vector<QuantizedInput> quantized(bool with_head) const;

 private:
  [[nodiscard]] onnx_graph::BlockMatrix block_matrix_of(const model::Tensor& weight);
  [[nodiscard]] bool quantises() const { return onnx_graph::quantises(settings_.precision); }
  [[nodiscard]] const model::Tensor& tensor(model::Role role, int layer, model::Part part) const;
  std::string declare(const model::Tensor& tensor, int type);
  std::string product(const std::string& x, const std::string& label, const model::Tensor& weight,
                      const std::string& bias, bool quantise);

  onnx_graph::GraphBuilder build_;
  const model::DecoderSpec& spec_;
  const onnx_graph::ExportSettings& settings_;
  const int type_;  ///< of weights and activations
  std::map<std::tuple<model::Role, int, model::Part>, model::Tensor> tensors_;
  std::vector<QuantizedInput> inputs_;
  std::vector<QuantizedInput> head_inputs_;
  struct Sum {
    std::string x, added;
  };
  std::map<std::string, Sum, std::less<>> unmade_;  ///< sums of a fused graph, by name
};

}  // namespace inferscale::graph
