#include "graph/blocks.hpp"
#include "model/rope.hpp"
#include "onnx/fused_operators.hpp"

namespace inferscale::graph {
namespace {

using model::Role;

struct Shapes {
  const std::string &heads, &rows;
};

/// One head's norm each, which the operator does not know.
std::string normed_heads(Emitter& emit, const Shapes& shapes, const std::string& label, const std::string& x,
                         Role role, int layer) {
  auto& build = emit.build();
  const auto heads = build.node("Reshape", label + "_heads", {x, shapes.heads});
  build.set_scope({});
  const auto normed = norm(emit, heads, role, layer);
  build.set_scope(layer_scope(layer, "attn"));
  return build.node("Reshape", label + "_rows", {normed, shapes.rows});
}

}  // namespace

bool fuses_attention(const model::DecoderSpec& spec) {
  constexpr int kStep = 16;      // of the kernels that turn queries and keys
  constexpr int kLargest = 256;  // head of a flash kernel
  const int size = head_size(spec);
  return is_rotary(spec) && spec.norm.kind == model::NormKind::rms && spec.window.size == 0 &&
         size % kStep == 0 && size <= kLargest;
}

void add_fused_inputs(Emitter& emit, Shared& shared) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  const auto length = build.gather("length", shared.shape, build.int64_scalar(1), 0);
  shared.length = build.cast("length_int32", length, onnx::TensorProto::INT32);
  // Made of the ids and not of their shape: on a GPU nothing then has to be copied there in the middle of a
  // pass, which a CUDA graph could not capture.
  const auto zeros = build.node("Sub", "zeros", {"input_ids", "input_ids"});
  const auto ones = build.node("Add", "ones", {zeros, build.int32_scalar(1)});
  auto& count = build.add("ReduceSum", "tokens", {ones, build.int64s({1})});
  onnx_graph::set_attribute(count, "keepdims", std::int64_t{0});
  shared.last_place = build.node("Sub", "last_place", {build.output_of(count), build.int32_scalar(1)});
  const auto table = model::rope_table(spec.position.rope, head_size(spec), spec.positions);
  shared.cos = angle_table(emit, "cos", table.cos);
  shared.sin = angle_table(emit, "sin", table.sin);
  const auto rows = [&](const char* label, std::int64_t heads) {
    return build.concat(label, {shared.shape, build.int64s({heads * head_size(spec)})}, 0);
  };
  shared.row_shape = rows("row_shape", spec.heads + (spec.qk_norm ? 0 : 2 * kv_heads(spec)));
  if (spec.qk_norm) {
    shared.kv_row_shape = rows("kv_row_shape", kv_heads(spec));
  }
}

std::string fused_attention(Emitter& emit, const Shared& shared, const std::string& x, int layer) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  onnx_graph::GroupedAttention inputs;
  inputs.last_place = shared.last_place;
  inputs.length = shared.length;
  inputs.cos = shared.cos;
  inputs.sin = shared.sin;
  inputs.heads = spec.heads;
  inputs.kv_heads = kv_heads(spec);
  inputs.scale = static_cast<float>(attention_scale(spec, layer));
  if (spec.qk_norm) {
    const auto query = emit.linear(x, Role::query, layer);
    const auto key = emit.linear(x, Role::key, layer);
    const auto value = emit.linear(x, Role::value, layer);
    build.set_scope(layer_scope(layer, "attn"));
    inputs.query =
        normed_heads(emit, {shared.head_shape, shared.row_shape}, "query", query, Role::query_norm, layer);
    inputs.key =
        normed_heads(emit, {shared.kv_head_shape, shared.kv_row_shape}, "key", key, Role::key_norm, layer);
    inputs.value = build.node("Reshape", "value_rows", {value, shared.kv_row_shape});
  } else {
    const auto all = emit.query_key_value(x, layer, layer_scope(layer, "attn/query_key_value"));
    build.set_scope(layer_scope(layer, "attn"));
    inputs.query = build.node("Reshape", "query_key_value_rows", {all, shared.row_shape});
  }
  const auto mixed = onnx_graph::grouped_attention(build, "mixed", inputs);
  return build.node("Reshape", "joined", {mixed, shared.mixed_shape});
}

}  // namespace inferscale::graph
