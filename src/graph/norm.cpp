#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

/// x / sqrt(mean(x^2) + epsilon), in the order of nodes of which, with the product by the scale behind it,
/// ONNX Runtime makes one SimplifiedLayerNormalization, OpenVINO one RMS, and TensorRT one kernel.
std::string rms_unit(Emitter& emit, const std::string& name, const std::string& x) {
  auto& build = emit.build();
  const auto square = build.node("Pow", name + "/square", {x, build.scalar(2.0F)});
  const auto mean = build.mean(name + "/mean", square);
  const auto epsilon = build.scalar(static_cast<float>(emit.spec().norm.epsilon));
  const auto root =
      build.node("Sqrt", name + "/root", {build.node("Add", name + "/epsilon", {mean, epsilon})});
  return build.node("Div", name + "/unit", {x, root});
}

}  // namespace

std::string norm(Emitter& emit, const std::string& x, model::Role role, int layer) {
  if (const auto normed = emit.norm_of_sum(x, role, layer)) {
    return *normed;
  }
  const std::string name = emit.label(role, layer);
  if (emit.spec().norm.kind == model::NormKind::rms) {
    auto& build = emit.build();
    if (emit.bf16()) {  // ONNX Runtime's CUDA kernel of the norm takes a scale of the type of x alone
      const auto unit = emit.narrow(name + "/bf16", rms_unit(emit, name, emit.widen(name + "/fp32", x)));
      return build.node("Mul", name, {unit, emit.weight(role, layer)});
    }
    const auto scale = emit.weight_f32(role, layer, model::Part::weight);
    const auto unit = rms_unit(emit, name, emit.widen(name + "/fp32", x));
    return emit.narrow(name + "/fp16", build.node("Mul", name, {unit, scale}));
  }
  // The order in which weights are declared is part of the file.
  const auto bias = emit.weight_f32(role, layer, model::Part::bias);
  const auto scale = emit.weight_f32(role, layer, model::Part::weight);
  const auto normed =
      emit.build().layer_norm(name, emit.widen(name + "/fp32", x), scale, bias, emit.spec().norm.epsilon);
  return emit.narrow(name + "/fp16", normed);
}

}  // namespace inferscale::graph
