#include "graph/blocks.hpp"

namespace inferscale::graph {
namespace {

std::string final_norm(Emitter& emit, const std::string& x) {
  emit.build().set_scope({});
  auto normed = norm(emit, x, model::Role::final_norm, -1);
  emit.build().set_scope("head");
  return normed;
}

/// The last position of each sequence, [batch, 1, hidden]: only it goes through the largest matrix.
std::string last_positions(Emitter& emit, const Shared& shared, const std::string& hidden) {
  auto& build = emit.build();
  const auto grid = build.concat("grid", {shared.shape, build.int64s({emit.spec().hidden})}, 0);
  const auto by_sequence = build.node("Reshape", "by_sequence", {hidden, grid});
  return build.gather("last", by_sequence, build.int64_scalar(-1), 1);
}

void choose(Emitter& emit) {
  auto& build = emit.build();
  auto& choice = build.add("ArgMax", "choice", {"logits"});
  onnx_graph::set_attribute(choice, "axis", std::int64_t{-1});
  onnx_graph::set_attribute(choice, "keepdims", std::int64_t{0});
  build.cast(kNextIds, build.output_of(choice), onnx::TensorProto::INT32);
}

/// The last position's logits of activations that are [batch, sequence, width].
void sequence_head(Emitter& emit, const std::string& x) {
  auto& build = emit.build();
  build.set_scope("head");
  const auto normed = final_norm(emit, build.gather("last", x, build.int64s({-1}), 1));
  emit.head("logits", normed, normed);
}

/// Logits of rows that are tokens.
void token_head(Emitter& emit, const Shared& shared, const std::string& x) {
  auto& build = emit.build();
  const auto& settings = emit.settings();
  build.set_scope("head");
  // Calibration sees every position of it, whatever goes on to the logits.
  const std::string observed = settings.observed ? final_norm(emit, x) : std::string();
  std::string hidden = settings.observed ? observed : x;
  std::string shape = shared.shape;
  if (settings.logits == protocol::LogitsScope::last) {
    hidden = last_positions(emit, shared, hidden);
    const auto batch = build.node("Slice", "batch", {shared.shape, build.int64s({0}), build.int64s({1})});
    shape = build.concat("positions", {batch, build.int64s({1})}, 0);
  } else if (emit.integer_products()) {
    hidden = build.node("Reshape", "flat", {hidden, build.int64s({-1, emit.spec().hidden})});
  }
  const auto logits_shape = build.concat("shape", {shape, build.int64s({emit.spec().vocabulary})}, 0);
  const auto normed = settings.observed ? hidden : final_norm(emit, hidden);
  const auto flat = emit.head("head/project", normed, settings.observed ? observed : normed);
  const auto returned = settings.half_logits ? flat : emit.widen("head/fp32", flat);
  build.node("Reshape", "logits", {returned, logits_shape});
}

}  // namespace

void head(Emitter& emit, const Shared& shared, const std::string& stream) {
  const std::string x = emit.settled(stream);
  emit.keeps_sequences() ? sequence_head(emit, x) : token_head(emit, shared, x);
  if (emit.cached()) {
    choose(emit);
  }
}

}  // namespace inferscale::graph
