#include "graph/blocks.hpp"

namespace inferscale::graph {

using model::Role;

Shared shared_inputs(Emitter& emit) {
  auto& build = emit.build();
  const auto& spec = emit.spec();
  build.set_scope("shared");
  Shared shared;
  shared.shape = build.node("Shape", "shape", {"input_ids"});
  const auto length = build.gather("length", shared.shape, build.int64_scalar(1), 0);
  shared.places = build.node("Range", "positions", {build.int64_scalar(0), length, build.int64_scalar(1)});
  const auto rows = build.node("Unsqueeze", "rows", {shared.places, build.int64s({1})});
  const auto future = build.node("Less", "future", {rows, shared.places});
  // -1e4 and not -infinity: runtimes that make fp16 of an fp32 graph must not meet a row of -infinity.
  shared.mask = build.node("Where", "mask", {future, build.scalar(-1e4F), build.scalar(0.0F)});
  shared.head_shape =
      build.concat("head_shape", {shared.shape, build.int64s({spec.heads, head_size(spec)})}, 0);
  shared.flat_shape = emit.int8() ? build.int64s({1, -1, spec.hidden}) : build.int64s({-1, spec.hidden});
  return shared;
}

std::string embedding(Emitter& emit, const Shared& shared) {
  auto& build = emit.build();
  build.set_scope("embedding");
  const auto tokens = build.gather("tokens", emit.weight(Role::token_embedding), "input_ids", 0);
  const int offset = emit.spec().position.offset;
  const auto rows =
      offset == 0 ? shared.places : build.node("Add", "rows", {shared.places, build.int64_scalar(offset)});
  const auto positions = build.gather("positions", emit.weight(Role::position_embedding), rows, 0);
  return build.node("Reshape", "flat", {build.node("Add", "sum", {tokens, positions}), shared.flat_shape});
}

}  // namespace inferscale::graph
