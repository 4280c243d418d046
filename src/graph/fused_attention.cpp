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

/// Query, key and value of each token side by side, as one matrix, or as the model stores them.
std::string packed(Emitter& emit, const Shared& shared, const std::string& x, int layer) {
  auto& build = emit.build();
  const bool stored = emit.has(Role::query_key_value, layer);
  const auto all = stored ? emit.linear(x, Role::query_key_value, layer)
                          : emit.query_key_value(x, layer, layer_scope(layer, "attn/query_key_value"));
  build.set_scope(layer_scope(layer, "attn"));
  return emit.reshaped("query_key_value_rows", all, shared.row_shape);
}

/// True where a product gives queries, keys and values at once.
bool packs(const Emitter& emit) {
  const bool joins = emit.has(Role::query_key_value, 0) || !emit.integer_products();
  return joins && !emit.spec().qk_norm;
}

void add_apart(Emitter& emit, const Shared& shared, const std::string& x, int layer,
               onnx_graph::GroupedAttention& inputs) {
  auto& build = emit.build();
  const auto query = emit.linear(x, Role::query, layer);
  const auto key = emit.linear(x, Role::key, layer);
  const auto value = emit.linear(x, Role::value, layer);
  build.set_scope(layer_scope(layer, "attn"));
  if (emit.spec().qk_norm) {
    inputs.query =
        normed_heads(emit, {shared.head_shape, shared.row_shape}, "query", query, Role::query_norm, layer);
    inputs.key =
        normed_heads(emit, {shared.kv_head_shape, shared.kv_row_shape}, "key", key, Role::key_norm, layer);
  } else {
    inputs.query = emit.reshaped("query_rows", query, shared.row_shape);
    inputs.key = emit.reshaped("key_rows", key, shared.kv_row_shape);
  }
  inputs.value = emit.reshaped("value_rows", value, shared.kv_row_shape);
}

/// Made of the ids and not of their shape: on a GPU nothing then has to be copied there in the middle of a
/// pass, which a CUDA graph could not capture.
std::string ones(Emitter& emit) {
  auto& build = emit.build();
  const auto zeros = build.node("Sub", "zeros", {"input_ids", "input_ids"});
  return build.node("Add", "ones", {zeros, build.int32_scalar(1)});
}

std::string token_count(Emitter& emit, const std::string& ones, bool keep_axis) {
  auto& build = emit.build();
  auto& count = build.add("ReduceSum", "tokens", {ones, build.int64s({1})});
  onnx_graph::set_attribute(count, "keepdims", std::int64_t{keep_axis});
  return build.output_of(count);
}

/// The prompt begins at place 0.
void add_prompt_places(Emitter& emit, Shared& shared) {
  auto& build = emit.build();
  const auto length = build.gather("length", shared.shape, build.int64_scalar(1), 0);
  shared.length = build.cast("length_int32", length, onnx::TensorProto::INT32);
  shared.last_place =
      build.node("Sub", "last_place", {token_count(emit, ones(emit), false), build.int32_scalar(1)});
}

/// The last token's place comes in, and those before it count back from there.
void add_cached_places(Emitter& emit, Shared& shared) {
  shared.length = kTotalLength;
  shared.last_place = kLastPlace;
  if (is_rotary(emit.spec())) {
    return;  // the operator counts by itself
  }
  auto& build = emit.build();
  const auto each = ones(emit);
  const auto numbers = build.node("CumSum", "numbers", {each, build.int64_scalar(1)});
  const auto behind = build.node("Sub", "behind", {token_count(emit, each, true), numbers});
  const auto last = build.node("Unsqueeze", "last_places", {kLastPlace, build.int64s({1})});
  shared.places = build.node("Sub", "positions", {last, behind});
}

}  // namespace

bool fuses_attention(const model::DecoderSpec& spec, const onnx_graph::ExportSettings& settings) {
  constexpr int kHeadStep = 8;   // of any kernel
  constexpr int kStep = 16;      // of the kernels that turn queries and keys
  constexpr int kLargest = 256;  // head of a flash kernel
  const int size = head_size(spec);
  if (settings.mode == onnx_graph::GraphMode::decode) {
    return size <= kLargest && size % (is_rotary(spec) ? kStep : kHeadStep) == 0;
  }
  return !onnx_graph::quantises(settings.precision) && is_rotary(spec) &&
         spec.norm.kind == model::NormKind::rms && spec.window.size == 0 && size % kStep == 0 &&
         size <= kLargest;
}

void add_fused_inputs(Emitter& emit, Shared& shared) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  emit.cached() ? add_cached_places(emit, shared) : add_prompt_places(emit, shared);
  if (is_rotary(spec)) {
    const auto table = model::rope_table(spec.position.rope, head_size(spec), spec.positions);
    shared.cos = angle_table(emit, "cos", table.cos);
    shared.sin = angle_table(emit, "sin", table.sin);
  }
  const auto rows = [&](const char* label, std::int64_t heads) {
    return build.concat(label, {shared.shape, build.int64s({heads * head_size(spec)})}, 0);
  };
  const bool side_by_side = packs(emit);
  shared.row_shape = rows("row_shape", spec.heads + (side_by_side ? 2 * kv_heads(spec) : 0));
  if (!side_by_side) {
    shared.kv_row_shape = rows("kv_row_shape", kv_heads(spec));
  }
}

std::string fused_attention(Emitter& emit, const Shared& shared, const std::string& x, int layer) {
  const auto& spec = emit.spec();
  onnx_graph::GroupedAttention inputs;
  inputs.last_place = shared.last_place;
  inputs.length = shared.length;
  inputs.cos = shared.cos;
  inputs.sin = shared.sin;
  inputs.heads = spec.heads;
  inputs.kv_heads = kv_heads(spec);
  inputs.scale = static_cast<float>(attention_scale(spec, layer));
  inputs.window = window_of(spec, layer);
  if (emit.cached()) {
    inputs.past_key = past_name(layer, Cached::key);
    inputs.past_value = past_name(layer, Cached::value);
    inputs.present_key = present_name(layer, Cached::key);
    inputs.present_value = present_name(layer, Cached::value);
  }
  if (packs(emit)) {
    inputs.query = packed(emit, shared, x, layer);
  } else {
    add_apart(emit, shared, x, layer, inputs);
  }
  auto& build = emit.build();
  const auto mixed = onnx_graph::grouped_attention(build, "mixed", inputs);
  return emit.reshaped("joined", mixed, shared.mixed_shape);
}

}  // namespace inferscale::graph
