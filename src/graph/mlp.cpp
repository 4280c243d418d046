#include <cmath>

#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

using model::Activation;
using model::Role;

/// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), in the order of operations that ONNX Runtime and
/// OpenVINO recognise and run as one kernel.
std::string gelu_new(Emitter& emit, const std::string& x) {
  auto& build = emit.build();
  const auto cube = build.node("Pow", "cube", {x, emit.scalar(3.0F)});
  const auto small = build.node("Mul", "small", {cube, emit.scalar(0.044715F)});
  const auto sum = build.node("Add", "sum", {x, small});
  const auto root = static_cast<float>(std::sqrt(2.0 / 3.14159265358979323846));
  const auto tanh = build.node("Tanh", "tanh", {build.node("Mul", "inner", {sum, emit.scalar(root)})});
  const auto gate = build.node("Add", "gate", {tanh, emit.scalar(1.0F)});
  const auto half = build.node("Mul", "half", {x, emit.scalar(0.5F)});
  return build.node("Mul", "gelu", {half, gate});
}

/// x / 2 (1 + erf(x / sqrt(2))), in an order that both runtimes recognise too.
std::string exact_gelu(Emitter& emit, const std::string& x) {
  auto& build = emit.build();
  const auto root = static_cast<float>(std::sqrt(2.0));
  const auto erf = build.node("Erf", "erf", {build.node("Div", "inner", {x, emit.scalar(root)})});
  const auto gate = build.node("Add", "gate", {erf, emit.scalar(1.0F)});
  return build.node("Mul", "gelu", {build.node("Mul", "gated", {x, gate}), emit.scalar(0.5F)});
}

std::string activation(Emitter& emit, const std::string& x) {
  switch (emit.spec().mlp.activation) {
    case Activation::gelu:
      return exact_gelu(emit, x);
    case Activation::relu:
      return emit.build().node("Relu", "relu", {x});
    case Activation::silu:
      return emit.build().node("Mul", "silu", {x, emit.build().node("Sigmoid", "sigmoid", {x})});
    case Activation::gelu_new:
      break;
  }
  return gelu_new(emit, x);
}

}  // namespace

std::string mlp(Emitter& emit, const std::string& x, int layer) {
  auto& build = emit.build();
  build.set_scope({});
  const auto normed = norm(emit, x, Role::mlp_norm, layer);
  const bool gated = emit.spec().mlp.gated;
  const auto gate = gated ? emit.linear(normed, Role::mlp_gate, layer) : std::string();
  const auto up = emit.linear(normed, Role::mlp_up, layer);
  build.set_scope(layer_scope(layer, "mlp"));
  const auto active = activation(emit, gated ? gate : up);
  const auto inner = gated ? build.node("Mul", "inner_gated", {active, up}) : active;
  const auto output = emit.linear(inner, Role::mlp_down, layer);
  return emit.residual(layer_scope(layer, "mlp/residual"), output, x);
}

}  // namespace inferscale::graph
