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

std::string with_past(Emitter& emit, const std::string& x, int layer, Cached what) {
  if (!emit.cached()) {
    return x;
  }
  auto& build = emit.build();
  build.set_scope({});
  auto all = build.concat(present_name(layer, what), {past_name(layer, what), x}, 2);
  build.set_scope(layer_scope(layer, "attn"));
  return all;
}

std::string past_length(Emitter& emit) {
  auto& build = emit.build();
  const auto shape = build.node("Shape", "past_shape", {past_name(0, Cached::key)});
  return build.gather("past_length", shape, build.int64_scalar(2), 0);
}

}  // namespace inferscale::graph
