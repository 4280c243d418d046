#include "graph/blocks.hpp"

namespace inferscale::graph {

using model::Role;

namespace {

/// A model with rotary positions has its softmax in the type of its activations, but for steps of an engine.
std::string to_add(Emitter& emit, std::string_view label, const std::string& hidden) {
  auto& build = emit.build();
  if (is_rotary(emit.spec()) && !emit.fixed_cache()) {
    // Far below any score, and far from fp16's end at -65504.
    return build.node("Where", label, {hidden, emit.scalar(-3e4F), emit.scalar(0.0F)});
  }
  // -1e4 and not -infinity: runtimes that make fp16 of an fp32 graph must not meet a row of -infinity.
  return build.node("Where", label, {hidden, build.scalar(-1e4F), build.scalar(0.0F)});
}

std::string stream_shape(Emitter& emit, std::int64_t width) {
  return emit.integer_products() ? emit.build().int64s({1, -1, width}) : emit.build().int64s({-1, width});
}

/// The shapes that reshapes of every layer give.
void add_shapes(Emitter& emit, Shared& shared) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  const std::int64_t size = head_size(spec);
  shared.head_shape = build.concat("head_shape", {shared.shape, build.int64s({spec.heads, size})}, 0);
  shared.flat_shape = stream_shape(emit, spec.hidden);
  shared.mixed_shape = stream_shape(emit, spec.heads * size);
  if (is_rotary(emit.spec())) {
    shared.kv_head_shape =
        build.concat("kv_head_shape", {shared.shape, build.int64s({kv_heads(spec), size})}, 0);
  }
}

/// A number to reckon with places, of their type.
std::string place_scalar(Emitter& emit, int value) {
  auto& build = emit.build();
  return emit.fixed_cache() || emit.fused() ? build.int32_scalar(value) : build.int64_scalar(value);
}

/// What lies before a token's window is hidden too.
void add_window(Emitter& emit, Shared& shared, const std::string& rows, const std::string& future) {
  auto& build = emit.build();
  const auto first =
      build.node("Sub", "window_first", {rows, place_scalar(emit, emit.spec().window.size - 1)});
  const auto past = build.node("Less", "window_past", {shared.key_places, first});
  shared.window_mask = to_add(emit, "window_mask", build.node("Or", "window_hidden", {future, past}));
}

void add_places(Emitter& emit, Shared& shared) {
  if (emit.fixed_cache()) {
    add_fixed_places(emit, shared);
    return;
  }
  auto& build = emit.build();
  const auto length = build.gather("length", shared.shape, build.int64_scalar(1), 0);
  const auto range = [&](const char* label, const std::string& first, const std::string& end) {
    return build.node("Range", label, {first, end, build.int64_scalar(1)});
  };
  if (!emit.cached()) {
    shared.places = range("positions", build.int64_scalar(0), length);
    shared.key_places = shared.places;
    return;
  }
  const auto past = past_length(emit);
  const auto end = build.node("Add", "total_length", {past, length});
  shared.places = range("positions", past, end);
  shared.key_places = range("key_positions", build.int64_scalar(0), end);
}

}  // namespace

Shared shared_inputs(Emitter& emit) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  build.set_scope("shared");
  Shared shared;
  shared.shape = build.node("Shape", "shape", {"input_ids"});
  if (emit.fused()) {
    add_shapes(emit, shared);
    add_fused_inputs(emit, shared);
    return shared;
  }
  add_places(emit, shared);
  const auto rows = build.node("Unsqueeze", "rows", {shared.places, build.int64s({1})});
  const auto future = build.node("Less", "future", {rows, shared.key_places});
  shared.mask = to_add(emit, "mask", future);
  add_shapes(emit, shared);
  if (is_rotary(emit.spec())) {
    if (spec.window.size > 0) {
      add_window(emit, shared, rows, future);
    }
    add_rope(emit, shared);
  }
  return shared;
}

std::string embedding(Emitter& emit, const Shared& shared) {
  auto& build = emit.build();
  build.set_scope("embedding");
  const auto tokens = build.gather("tokens", emit.weight(Role::token_embedding), "input_ids", 0);
  if (is_rotary(emit.spec())) {
    return emit.reshaped("flat", tokens, shared.flat_shape);
  }
  const int offset = emit.spec().position.offset;
  const auto rows =
      offset == 0 ? shared.places : build.node("Add", "rows", {shared.places, place_scalar(emit, offset)});
  const auto positions = build.gather("positions", emit.weight(Role::position_embedding), rows, 0);
  return emit.reshaped("flat", build.node("Add", "sum", {tokens, positions}), shared.flat_shape);
}

}  // namespace inferscale::graph
