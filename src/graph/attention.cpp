#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

using model::Role;

/// Queries, keys and values: parts of one projection, or a projection each. Leaves the layer's scope set.
Projected project(Emitter& emit, const std::string& x, int layer) {
  auto& build = emit.build();
  const std::string scope = layer_scope(layer, "attn");
  if (!emit.has(Role::query_key_value, layer)) {
    Projected projected;
    projected.query = emit.linear(x, Role::query, layer);
    projected.key = emit.linear(x, Role::key, layer);
    projected.value = emit.linear(x, Role::value, layer);
    build.set_scope(scope);
    return projected;
  }
  // One product of which each takes its part is what TensorRT 10.6 gets wrong where every shape is fixed and
  // a sequence has one token: it reads the parts as [heads, 3, head size] and not as [3, heads, head size].
  if (emit.fixed_cache() && !onnx_graph::quantises(emit.settings().precision)) {
    const auto parts = emit.apart(x, layer);
    build.set_scope(scope);
    return {parts[0], parts[1], parts[2]};
  }
  const auto joined = emit.linear(x, Role::query_key_value, layer);
  build.set_scope(scope);
  const auto width = std::int64_t{emit.spec().heads} * head_size(emit.spec());
  const auto parts = build.split("split", joined, emit.integer_products() ? 2 : 1, {width, width, width});
  return {parts[0], parts[1], parts[2]};
}

/// queries x keys x scale, in fp32. At fp16 queries are scaled before the product, so that it stays in range.
std::string scores(Emitter& emit, const std::string& query, const std::string& key, int layer) {
  auto& build = emit.build();
  const auto scale = static_cast<float>(attention_scale(emit.spec(), layer));
  if (emit.half()) {
    const auto scaled = build.node("Mul", "scaled", {query, emit.scalar(scale)});
    return emit.widen("scores_fp32", build.node("MatMul", "scores", {scaled, key}));
  }
  return build.node("Mul", "scaled", {build.node("MatMul", "scores", {query, key}), emit.scalar(scale)});
}

/// Attention of a model with learned positions and as many keys as queries.
std::string plain_attention(Emitter& emit, const Shared& shared, const Projected& projected, int layer) {
  auto& build = emit.build();
  const auto heads = [&](const std::string& part, std::string_view label,
                         const std::vector<std::int64_t>& order) {
    const auto split = build.node("Reshape", fmt::format("{}_heads", label), {part, shared.head_shape});
    return build.transpose(label, split, order);
  };
  const auto query = heads(projected.query, "query", {0, 2, 1, 3});
  const auto key = [&] {
    if (!emit.cached()) {
      return heads(projected.key, "key", {0, 2, 3, 1});
    }
    const auto all = with_past(emit, shared, heads(projected.key, "key", {0, 2, 1, 3}), layer, Cached::key);
    return build.transpose("key_columns", all, {0, 1, 3, 2});
  }();
  const auto value =
      with_past(emit, shared, heads(projected.value, "value", {0, 2, 1, 3}), layer, Cached::value);
  const auto masked = build.node("Add", "masked", {scores(emit, query, key, layer), shared.mask});
  const auto weights = emit.narrow("softmax_fp16", build.softmax("softmax", masked));
  return build.node("MatMul", "mixed", {weights, value});
}

/// From the normed stream to what the output projection takes, as the stream, of heads x head size.
std::string mixed_heads(Emitter& emit, const Shared& shared, const std::string& normed, int layer) {
  if (emit.fused()) {
    return fused_attention(emit, shared, normed, layer);
  }
  const Projected projected = project(emit, normed, layer);
  const auto mixed = is_rotary(emit.spec()) ? rotary_attention(emit, shared, projected, layer)
                                            : plain_attention(emit, shared, projected, layer);
  auto& build = emit.build();
  return build.node("Reshape", "joined",
                    {build.transpose("by_token", mixed, {0, 2, 1, 3}), shared.mixed_shape});
}

}  // namespace

std::string attention(Emitter& emit, const Shared& shared, const std::string& x, int layer) {
  emit.build().set_scope({});
  const auto normed = norm(emit, x, Role::attention_norm, layer);
  const auto joined = mixed_heads(emit, shared, normed, layer);
  const auto output = emit.linear(joined, Role::attention_output, layer);
  return emit.residual(layer_scope(layer, "attn/residual"), output, x);
}

}  // namespace inferscale::graph
