#include "graph/emitter.hpp"

#include <algorithm>
#include <array>

#include "onnx/block_linear.hpp"
#include "onnx/fused_operators.hpp"
#include "onnx/quantized_linear.hpp"

namespace inferscale::graph {

using namespace model;
using namespace onnx_graph;

namespace {

constexpr std::string_view kWeightEnd = ".weight";

int activation_type(Precision precision) {
  switch (precision) {
    case Precision::fp16:
      return onnx::TensorProto::FLOAT16;
    case Precision::bf16:
      return onnx::TensorProto::BFLOAT16;
    default:
      return onnx::TensorProto::FLOAT;
  }
}

void add_once(std::vector<QuantizedInput>& inputs, const QuantizedInput& input) {
  const bool known = std::any_of(inputs.begin(), inputs.end(),
                                 [&](const QuantizedInput& one) { return one.name == input.name; });
  if (!known) {
    inputs.push_back(input);
  }
}

QuantizedInput input_of(const std::string& x, const Tensor& weight) {
  return {x, weight.shape.at(static_cast<std::size_t>(1 - output_axis(weight)))};
}

}  // namespace

Emitter::Emitter(onnx::GraphProto& graph, const DecoderSpec& spec, const ExportSettings& settings)
    : build_(graph), spec_(spec), settings_(settings), type_(activation_type(settings.precision)) {
  for (const Tensor& one : tensors(spec)) {
    tensors_[{one.role, one.layer, one.part}] = one;
  }
}

const Tensor& Emitter::tensor(Role role, int layer, Part part) const {
  return tensors_.at({role, layer, part});
}

bool Emitter::has(Role role, int layer) const {
  return tensors_.count({role, layer, Part::weight}) > 0;
}

std::string Emitter::label(Role role, int layer) const {
  const std::string& name = tensor(role, layer, Part::weight).name;
  return name.substr(0, name.size() - kWeightEnd.size());
}

std::string Emitter::declare(const Tensor& one, int type) {
  return build_.weight(one.name, one.shape, type);
}

std::string Emitter::weight(Role role, int layer, Part part) {
  return declare(tensor(role, layer, part), type_);
}

std::string Emitter::weight_f32(Role role, int layer, Part part) {
  return declare(tensor(role, layer, part), onnx::TensorProto::FLOAT);
}

std::string Emitter::widen(std::string_view label, const std::string& x) {
  return half() ? build_.cast(label, x, onnx::TensorProto::FLOAT) : x;
}

std::string Emitter::narrow(std::string_view label, const std::string& x) {
  return half() ? build_.cast(label, x, type_) : x;
}

BlockMatrix Emitter::block_matrix_of(const Tensor& weight) {
  return block_matrix(build_, {weight.name, weight.shape, output_axis(weight)},
                      settings_.precision == Precision::int4 ? kInt4Bits : kInt8Bits);
}

std::string Emitter::product(const std::string& x, const std::string& label, const Tensor& weight,
                             const std::string& bias, bool quantise) {
  build_.set_scope({});
  if (quantise && block_products()) {
    return block_linear(build_, label, x, block_matrix_of(weight), bias);
  }
  if (quantise) {
    return quantized_linear(build_, settings_.quantization, label, x,
                            {weight.name, weight.shape, output_axis(weight)}, bias);
  }
  return build_.gemm(label, x, declare(weight, type_), bias, weight.layout == Layout::out_in);
}

std::string Emitter::linear(const std::string& x, Role role, int layer) {
  const Tensor& matrix = tensor(role, layer, Part::weight);
  add_once(inputs_, input_of(x, matrix));
  // The order in which weights are declared is part of the file: a bias comes before its matrix.
  const auto bias = tensors_.find({role, layer, Part::bias});
  return product(x, label(role, layer), matrix, bias == tensors_.end() ? "" : declare(bias->second, type_),
                 quantises());
}

std::string Emitter::query_key_value(const std::string& x, int layer, const std::string& label) {
  build_.set_scope({});
  // A runtime joins constants once, when it loads the graph.
  const auto join = [&](const char* what, Part part, int axis) {
    return build_.concat(
        label + what,
        {weight(Role::query, layer, part), weight(Role::key, layer, part), weight(Role::value, layer, part)},
        axis);
  };
  const auto join_biases = [&] {
    return tensors_.contains({Role::query, layer, Part::bias}) ? join("/bias", Part::bias, 0) : std::string();
  };
  if (block_products()) {
    const auto matrix_of = [&](Role role) { return block_matrix_of(tensor(role, layer, Part::weight)); };
    const auto matrix =
        joined(build_, label, {matrix_of(Role::query), matrix_of(Role::key), matrix_of(Role::value)});
    return block_linear(build_, label, x, matrix, join_biases());
  }
  const Tensor& first = tensor(Role::query, layer, Part::weight);
  const auto matrix = join("/weight", Part::weight, output_axis(first));
  const auto bias = join_biases();
  return build_.gemm(label, x, matrix, bias, first.layout == Layout::out_in);
}

std::array<std::string, 3> Emitter::apart(const std::string& x, int layer) {
  const Tensor& matrix = tensor(Role::query_key_value, layer, Part::weight);
  const std::string name = label(Role::query_key_value, layer);
  const auto bias = tensors_.find({Role::query_key_value, layer, Part::bias});
  const std::int64_t width = std::int64_t{spec_.heads} * head_size(spec_);
  build_.set_scope({});
  add_once(inputs_, input_of(x, matrix));
  // A runtime takes constants apart once, when it loads the graph.
  const auto parts_of = [&](const char* what, const std::string& constant, int axis) {
    return build_.split(name + what, constant, axis, {width, width, width});
  };
  const auto biases = bias == tensors_.end() ? std::vector<std::string>(3)
                                             : parts_of("/biases", declare(bias->second, type_), 0);
  const auto weights = parts_of("/weights", declare(matrix, type_), output_axis(matrix));
  constexpr std::array<const char*, 3> kNames{"/query", "/key", "/value"};
  std::array<std::string, 3> made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = build_.gemm(name + kNames[i], x, weights[i], biases[i], matrix.layout == Layout::out_in);
  }
  return made;
}

std::string Emitter::residual(const std::string& label, const std::string& added, const std::string& x) {
  if (!fused() || spec_.norm.kind != NormKind::rms) {
    return build_.node("Add", label, {added, x});
  }
  unmade_[label] = {x, added};
  return label;
}

std::string Emitter::settled(const std::string& sum) {
  if (const auto found = unmade_.find(sum); found != unmade_.end()) {
    build_.set_scope({});
    build_.node("Add", sum, {found->second.added, found->second.x});
    unmade_.erase(found);
  }
  return sum;
}

std::optional<std::string> Emitter::norm_of_sum(const std::string& x, Role role, int layer) {
  const auto found = unmade_.find(x);
  if (found == unmade_.end()) {
    return std::nullopt;
  }
  auto normed = skip_rms_norm(build_, label(role, layer), found->second.x, found->second.added,
                              weight(role, layer), spec_.norm.epsilon, x);
  unmade_.erase(found);
  return normed;
}

std::string Emitter::head(const std::string& label, const std::string& x, const std::string& normed) {
  const Tensor& matrix = tensor(spec_.tied_head ? Role::token_embedding : Role::head, -1, Part::weight);
  add_once(head_inputs_, input_of(normed, matrix));
  return product(x, label, matrix, {}, quantises() && settings_.quantization.head);
}

std::vector<QuantizedInput> Emitter::quantized(bool with_head) const {
  std::vector<QuantizedInput> all = inputs_;
  if (with_head) {
    for (const QuantizedInput& input : head_inputs_) {
      add_once(all, input);
    }
  }
  return all;
}

}  // namespace inferscale::graph
