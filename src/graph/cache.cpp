#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

std::string_view to_string(Cached what) {
  return what == Cached::key ? "key" : "value";
}

}  // namespace

std::string past_name(int layer, Cached what) {
  return fmt::format("past_key_values.{}.{}", layer, to_string(what));
}

std::string present_name(int layer, Cached what) {
  return fmt::format("present.{}.{}", layer, to_string(what));
}

std::string with_past(Emitter& emit, const Shared& shared, const std::string& x, int layer, Cached what) {
  if (!emit.cached()) {
    return x;
  }
  auto& build = emit.build();
  build.set_scope({});
  const auto past = past_name(layer, what);
  const auto present = present_name(layer, what);
  // Where: past and present may be one memory, of which an engine then writes the new rows alone.
  auto all = emit.fixed_cache() ? build.node("Where", present, {shared.written, x, past})
                                : build.concat(present, {past, x}, 2);
  build.set_scope(layer_scope(layer, "attn"));
  return all;
}

std::string past_length(Emitter& emit) {
  auto& build = emit.build();
  const auto shape = build.node("Shape", "past_shape", {past_name(0, Cached::key)});
  return build.gather("past_length", shape, build.int64_scalar(2), 0);
}

// A pass has one token a sequence, whose row is broadcast over the cache, or as many as the cache has rows,
// which then writes all of them. So one graph, and one set of weights, serves the step and the prompt, for
// which the cache is given as long as the prompt is: no gather or padding brings rows to their places, which
// a step would pay for in every layer, and a prompt's attention looks at no empty rows. What depends on
// shapes alone is a Range of them, which an engine knows before it runs; last_place never leaves the device.
// They begin at a constant: TensorRT's parser makes others of int64.
void add_fixed_places(Emitter& emit, Shared& shared) {
  auto& build = emit.build();
  const auto one = build.int32_scalar(1);
  const auto int32 = [&](const char* label, const std::string& x) {
    return build.cast(label, x, onnx::TensorProto::INT32);
  };
  const auto length = int32("length_int32", build.gather("length", shared.shape, build.int64_scalar(1), 0));
  const auto zero = build.int32_scalar(0);
  const auto numbers = build.node("Range", "numbers", {zero, length, one});
  const auto first =
      build.node("Sub", "first", {kLastPlace, build.gather("last_number", numbers, build.int64s({-1}), 0)});
  shared.places = build.node("Add", "positions", {first, numbers});
  const auto capacity = int32("capacity", past_length(emit));
  shared.key_places = build.node("Range", "key_positions", {zero, capacity, one});
  build.set_scope({});
  const auto next = build.node("Add", kNextPlace, {kLastPlace, one});
  build.set_scope("shared");
  const auto written = build.node("And", "written_rows",
                                  {build.node("GreaterOrEqual", "not_before", {shared.key_places, first}),
                                   build.node("Less", "not_behind", {shared.key_places, next})});
  shared.written = build.node("Unsqueeze", "written", {written, build.int64s({1})});
}

}  // namespace inferscale::graph
