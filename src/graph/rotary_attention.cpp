#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

using model::Role;

/// [tokens, heads x size] to [batch, heads, sequence, size], normed where the model does.
std::string split_heads(Emitter& emit, const std::string& x, const std::string& shape,
                        const std::string& label, Role norm_role, int layer) {
  auto& build = emit.build();
  auto heads = build.node("Reshape", label + "_heads", {x, shape});
  if (emit.has(norm_role, layer)) {
    build.set_scope({});
    heads = norm(emit, heads, norm_role, layer);
    build.set_scope(layer_scope(layer, "attn"));
  }
  return build.transpose(label, heads, {0, 2, 1, 3});
}

/// Each head of [batch, kv heads, sequence, size] as often as queries read it.
std::string repeated(Emitter& emit, const std::string& x, const std::string& label) {
  const auto& spec = emit.spec();
  const std::int64_t times = spec.heads / kv_heads(spec);
  if (times == 1) {
    return x;
  }
  auto& build = emit.build();
  const auto apart = build.node("Unsqueeze", label + "_apart", {x, build.int64s({2})});
  const auto copied = build.node("Expand", label + "_copied", {apart, build.int64s({1, 1, times, 1, 1})});
  return build.node("Reshape", label + "_repeated",
                    {copied, build.int64s({0, spec.heads, -1, head_size(spec)})});
}

struct Heads {
  std::string query, key, value;
};

/// softmax(query key^T x scale + mask) value, [batch, heads, sequence, size], with a key a head of queries:
/// the order of nodes that TensorRT makes one fused kernel of.
std::string mix_repeated(Emitter& emit, const Heads& heads, const std::string& mask, float scale) {
  auto& build = emit.build();
  const auto key = build.transpose("key_columns", repeated(emit, heads.key, "key"), {0, 1, 3, 2});
  const auto products = build.node("MatMul", "scores", {heads.query, key});
  const auto scaled = build.node("Mul", "scaled", {products, emit.scalar(scale)});
  const auto weights = build.softmax("softmax", build.node("Add", "masked", {scaled, mask}));
  return build.node("MatMul", "mixed", {weights, repeated(emit, heads.value, "value")});
}

/// The same without copies: heads that read one key stand below one another, [batch, kv heads, group x
/// sequence, size]. CPUs run short prompts faster so, and long ones about as fast. GPUs run a step with a
/// cache faster so, with the softmax in fp32: with one in fp16 TensorRT takes its fused attention, which is
/// slow at one query.
std::string mix_grouped(Emitter& emit, const Heads& heads, const std::string& mask, float scale) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  const std::int64_t shared_heads = kv_heads(spec);
  const std::int64_t size = head_size(spec);
  const bool grouped = shared_heads != spec.heads;
  const auto reshaped = [&](const char* label, const std::string& x, const std::vector<std::int64_t>& shape) {
    return grouped ? build.node("Reshape", label, {x, build.int64s(shape)}) : x;
  };
  auto query = reshaped("query_groups", heads.query, {0, shared_heads, -1, size});
  const auto key = build.transpose("key_columns", heads.key, {0, 1, 3, 2});
  const auto scaled_by = [&](const std::string& x) {
    return build.node("Mul", "scaled", {x, emit.scalar(scale)});
  };
  if (emit.half()) {  // before the product, so that it stays in range
    query = scaled_by(query);
  }
  const auto products = build.node("MatMul", "scores", {query, key});
  const auto scaled = emit.half() ? emit.widen("scores_fp32", products) : scaled_by(products);
  const auto by_head = reshaped("scores_heads", scaled, {0, spec.heads, -1, 0});
  const auto weights =
      emit.narrow("softmax_narrow", build.softmax("softmax", build.node("Add", "masked", {by_head, mask})));
  const auto by_group = reshaped("softmax_groups", weights, {0, shared_heads, -1, 0});
  const auto mixed = build.node("MatMul", "mixed", {by_group, heads.value});
  return reshaped("mixed_heads", mixed, {0, spec.heads, -1, size});
}

}  // namespace

std::string rotary_attention(Emitter& emit, const Shared& shared, const Projected& projected, int layer) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  Heads heads;
  heads.query = rotate(
      emit, shared, split_heads(emit, projected.query, shared.head_shape, "query", Role::query_norm, layer),
      "query");
  const auto key =
      rotate(emit, shared,
             split_heads(emit, projected.key, shared.kv_head_shape, "key", Role::key_norm, layer), "key");
  heads.key = with_past(emit, shared, key, layer, Cached::key);
  const auto value = build.transpose(
      "value", build.node("Reshape", "value_heads", {projected.value, shared.kv_head_shape}), {0, 2, 1, 3});
  heads.value = with_past(emit, shared, value, layer, Cached::value);
  const auto& mask = window_of(spec, layer) > 0 ? shared.window_mask : shared.mask;
  const auto scale = static_cast<float>(attention_scale(spec, layer));
  // With a cache too: OpenVINO's worker looks for this order of nodes.
  const bool repeat = (emit.half() || emit.cached()) && !emit.fixed_cache();
  return repeat ? mix_repeated(emit, heads, mask, scale) : mix_grouped(emit, heads, mask, scale);
}

}  // namespace inferscale::graph
