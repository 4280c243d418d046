#include "graph/decoder.hpp"

#include <algorithm>

#include "graph/blocks.hpp"
#include "graph/export.hpp"
#include "model/family.hpp"
#include "onnx/contrib_schemas.hpp"

namespace inferscale::graph {

using namespace onnx_graph;

namespace {

void declare(onnx::ValueInfoProto& value, const std::string& name, int type,
             const std::vector<std::string>& dimensions) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();  // a scalar has one too
  for (const auto& dimension : dimensions) {
    auto& added = *tensor.mutable_shape()->add_dim();
    if (dimension.find_first_not_of("0123456789") == std::string::npos) {
      added.set_dim_value(std::stoll(dimension));
    } else {
      added.set_dim_param(dimension);
    }
  }
}

void emit_blocks(Emitter& emit) {
  const Shared shared = shared_inputs(emit);
  std::string x = embedding(emit, shared);
  for (int layer = 0; layer < emit.spec().layers; ++layer) {
    x = attention(emit, shared, x, layer);
    x = mlp(emit, x, layer);
  }
  head(emit, shared, x);
}

bool uses_contrib_operators(const onnx::GraphProto& graph) {
  return std::any_of(graph.node().begin(), graph.node().end(),
                     [](const auto& node) { return node.domain() == kContribDomain; });
}

void declare_logits(onnx::GraphProto& graph, const model::DecoderSpec& spec, const ExportSettings& settings) {
  const std::string positions = settings.logits == protocol::LogitsScope::last ? "1" : "sequence";
  declare(*graph.add_output(), "logits",
          settings.half_logits ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT,
          {"batch", positions, std::to_string(spec.vocabulary)});
}

/// The cache of a graph that writes it in place goes out as it came in, with room for more; a portable one's
/// grows.
void declare_cache(onnx::GraphProto& graph, const Emitter& emit) {
  const auto& spec = emit.spec();
  const bool in_place = emit.fused() || emit.fixed_cache();
  const auto tokens = [&](const char* grows) { return in_place ? "capacity" : grows; };
  declare(*graph.add_output(), kNextIds, onnx::TensorProto::INT32, {"batch", "1"});
  if (emit.fused()) {
    declare(*graph.add_input(), kLastPlace, onnx::TensorProto::INT32, {"batch"});
    declare(*graph.add_input(), kTotalLength, onnx::TensorProto::INT32, {});
  }
  if (emit.fixed_cache()) {
    declare(*graph.add_input(), kLastPlace, onnx::TensorProto::INT32, {"1"});
    declare(*graph.add_output(), kNextPlace, onnx::TensorProto::INT32, {"1"});
  }
  for (int layer = 0; layer < spec.layers; ++layer) {
    for (const Cached what : {Cached::key, Cached::value}) {
      const auto cache = [&](onnx::ValueInfoProto& value, const std::string& name, const char* length) {
        declare(value, name, emit.type(),
                {"batch", std::to_string(kv_heads(spec)), length, std::to_string(head_size(spec))});
      };
      cache(*graph.add_input(), past_name(layer, what), tokens("past"));
      cache(*graph.add_output(), present_name(layer, what), tokens("total"));
    }
  }
}

}  // namespace

std::string layer_scope(int layer, std::string_view part) {
  return fmt::format("h.{}.{}", layer, part);
}

onnx::ModelProto build_decoder(const model::DecoderSpec& spec, const ExportSettings& settings) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("inferscale");
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  auto& graph = *model.mutable_graph();
  graph.set_name(std::string(spec.family->name));
  Emitter emit(graph, spec, settings);
  declare(*graph.add_input(), "input_ids", onnx::TensorProto::INT32, {"batch", "sequence"});
  declare_logits(graph, spec, settings);
  if (emit.cached()) {
    declare_cache(graph, emit);
  }
  emit_blocks(emit);
  if (uses_contrib_operators(graph)) {
    auto& contrib = *model.add_opset_import();
    contrib.set_domain(kContribDomain);
    contrib.set_version(1);
  }
  if (settings.observed) {
    for (const QuantizedInput& input : emit.quantized(true)) {
      declare(*graph.add_output(), input.name, onnx::TensorProto::FLOAT,
              {"tokens", std::to_string(input.width)});
    }
  }
  return model;
}

std::vector<std::string> quantized_activations(const model::DecoderSpec& spec, bool head) {
  onnx::GraphProto graph;
  const ExportSettings settings;
  model::DecoderSpec one_place = spec;  // names do not depend on places, whose tables take long to compute
  one_place.positions = 1;
  Emitter emit(graph, one_place, settings);
  emit_blocks(emit);
  std::vector<std::string> names;
  for (const QuantizedInput& input : emit.quantized(head)) {
    names.push_back(input.name);
  }
  return names;
}

}  // namespace inferscale::graph
