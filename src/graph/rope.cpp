#include "model/rope.hpp"
#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

/// A row a place of the sequence, each half a head twice: [1, 1, sequence, head size].
std::string rows_of(Emitter& emit, const Shared& shared, const std::string& name,
                    const std::vector<float>& table) {
  auto& build = emit.build();
  const auto rows = build.gather(name + "_half", angle_table(emit, name, table), shared.places, 0);
  const auto whole = build.concat(name + "_rows", {rows, rows}, 1);
  return build.node("Unsqueeze", name, {whole, build.int64s({0, 1})});
}

}  // namespace

std::string angle_table(Emitter& emit, const std::string& name, const std::vector<float>& table) {
  return emit.table(fmt::format("rope.{}", name), head_size(emit.spec()) / 2, table);
}

// Tables and not Cos nodes: a runtime that computes in fp16 where it likes would round angles of thousands of
// radians, and at every pass.
void add_rope(Emitter& emit, Shared& shared) {
  const auto& spec = emit.spec();
  const auto table = model::rope_table(spec.position.rope, head_size(spec), spec.positions);
  shared.cos = rows_of(emit, shared, "cos", table.cos);
  shared.sin = rows_of(emit, shared, "sin", table.sin);
}

// x cos + rotate_half(x) sin, transformers' order of nodes. OpenVINO makes one RoPE of it where the halves
// are Slice nodes, the Concat has axis -1, and cos and sin have four dimensions.
std::string rotate(Emitter& emit, const Shared& shared, const std::string& x, const std::string& label) {
  auto& build = emit.build();
  const std::int64_t size = head_size(emit.spec());
  const auto part = [&](const char* name, std::int64_t begin, std::int64_t end) {
    return build.node("Slice", label + name,
                      {x, build.int64s({begin}), build.int64s({end}), build.int64s({3})});
  };
  const auto first = part("_first", 0, size / 2);
  const auto second = part("_second", size / 2, size);
  const auto turned =
      build.concat(label + "_turned", {build.node("Neg", label + "_negative", {second}), first}, -1);
  const auto along = build.node("Mul", label + "_cos", {x, shared.cos});
  return build.node("Add", label + "_rope", {along, build.node("Mul", label + "_sin", {turned, shared.sin})});
}

}  // namespace inferscale::graph
