#include "onnx/fused_operators.hpp"

#include "onnx/contrib_schemas.hpp"

namespace inferscale::onnx_graph {

std::string grouped_attention(GraphBuilder& build, const std::string& label, const GroupedAttention& inputs) {
  auto& node = build.add("GroupQueryAttention", label,
                         {inputs.query, inputs.key, inputs.value, inputs.past_key, inputs.past_value,
                          inputs.last_place, inputs.length});
  node.set_domain(kContribDomain);
  const bool turned = !inputs.cos.empty();
  if (turned) {
    node.add_input(inputs.cos);
    node.add_input(inputs.sin);
  }
  const bool kept = !inputs.present_key.empty();  // the operator gives keys and values in any case
  node.add_output(kept ? inputs.present_key : build.output_of(node) + "_keys");
  node.add_output(kept ? inputs.present_value : build.output_of(node) + "_values");
  if (inputs.window > 0) {
    set_attribute(node, "local_window_size", inputs.window);
  }
  set_attribute(node, "num_heads", inputs.heads);
  set_attribute(node, "kv_num_heads", inputs.kv_heads);
  set_attribute(node, "scale", inputs.scale);
  set_attribute(node, "do_rotary", std::int64_t{turned});
  return build.output_of(node);
}

std::string skip_rms_norm(GraphBuilder& build, const std::string& label, const std::string& x,
                          const std::string& added, const std::string& scale, double epsilon,
                          const std::string& sum) {
  auto& node = build.add("SkipSimplifiedLayerNormalization", label, {x, added, scale});
  node.set_domain(kContribDomain);
  node.add_output("");  // mean and deviation, which only training needs
  node.add_output("");
  node.add_output(sum);
  set_attribute(node, "epsilon", static_cast<float>(epsilon));
  return build.output_of(node);
}

}  // namespace inferscale::onnx_graph
