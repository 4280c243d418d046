#include "graph/blocks.hpp"

namespace inferscale::graph {

std::string norm(Emitter& emit, const std::string& x, model::Role role, int layer) {
  const std::string name = emit.label(role, layer);
  // The order in which weights are declared is part of the file.
  const auto bias = emit.weight_f32(role, layer, model::Part::bias);
  const auto scale = emit.weight_f32(role, layer, model::Part::weight);
  const auto normed =
      emit.build().layer_norm(name, emit.widen(name + "/fp32", x), scale, bias, emit.spec().norm.epsilon);
  return emit.narrow(name + "/fp16", normed);
}

}  // namespace inferscale::graph
