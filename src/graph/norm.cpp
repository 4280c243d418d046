#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

/// x / sqrt(mean(x^2) + epsilon) x scale, in the order of nodes that ONNX Runtime makes one
/// SimplifiedLayerNormalization of, OpenVINO one RMS, and TensorRT one kernel.
std::string rms_norm(Emitter& emit, const std::string& name, const std::string& x, const std::string& scale) {
  auto& build = emit.build();
  const auto square = build.node("Pow", name + "/square", {x, build.scalar(2.0F)});
  const auto mean = build.mean(name + "/mean", square);
  const auto epsilon = build.scalar(static_cast<float>(emit.spec().norm.epsilon));
  const auto root =
      build.node("Sqrt", name + "/root", {build.node("Add", name + "/epsilon", {mean, epsilon})});
  return build.node("Mul", name, {build.node("Div", name + "/unit", {x, root}), scale});
}

}  // namespace

std::string norm(Emitter& emit, const std::string& x, model::Role role, int layer) {
  if (const auto normed = emit.norm_of_sum(x, role, layer)) {
    return *normed;
  }
  const std::string name = emit.label(role, layer);
  if (emit.spec().norm.kind == model::NormKind::rms) {
    const auto scale = emit.weight_f32(role, layer, model::Part::weight);
    return emit.narrow(name + "/fp16", rms_norm(emit, name, emit.widen(name + "/fp32", x), scale));
  }
  // The order in which weights are declared is part of the file.
  const auto bias = emit.weight_f32(role, layer, model::Part::bias);
  const auto scale = emit.weight_f32(role, layer, model::Part::weight);
  const auto normed =
      emit.build().layer_norm(name, emit.widen(name + "/fp32", x), scale, bias, emit.spec().norm.epsilon);
  return emit.narrow(name + "/fp16", normed);
}

}  // namespace inferscale::graph
