#include "onnx/gpt2_graph.hpp"

#include <cmath>
#include <map>

#include "model/weights.hpp"
#include "onnx/graph_builder.hpp"
#include "onnx/quantized_linear.hpp"

namespace inferscale::onnx_graph {
namespace {

/// The residual stream is kept as [tokens, hidden] with tokens = batch x sequence: every projection is then
/// one Gemm with its bias inside, which both CPU runtimes run as a single kernel.
///
/// At fp16, weights and activations are fp16, and what loses its meaning there is done in fp32, with casts
/// around it: LayerNormalization (sums of squares pass 65504, and its parameters stay fp32), the mask and the
/// softmax. Queries are scaled before their products with keys, not after, for the same reason. Logits are
/// fp32 at every precision.
///
/// At int8 the stream is [1, tokens, hidden] (quantized_linear.hpp says why), and all but the projections is
/// fp32.
class Gpt2Graph {
 public:
  Gpt2Graph(onnx::GraphProto& graph, const model::DecoderSpec& config, const ExportSettings& settings)
      : build_(graph),
        config_(config),
        settings_(settings),
        type_(settings.precision == Precision::fp16 ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT) {
    for (const auto& spec : model::tensors(config)) {
      shapes_[spec.name] = spec.shape;
    }
  }

  void emit() {
    shared_inputs();
    std::string x = embedding();
    for (int layer = 0; layer < config_.layers; ++layer) {
      x = attention(layer, x);
      x = mlp(layer, x);
    }
    head(x);
  }

 private:
  std::string weight(const std::string& name) { return build_.weight(name, shapes_.at(name), type_); }
  std::string weight_f32(const std::string& name) {
    return build_.weight(name, shapes_.at(name), onnx::TensorProto::FLOAT);
  }
  std::string scalar(float value) { return build_.scalar(value, type_); }

  [[nodiscard]] bool half() const { return type_ == onnx::TensorProto::FLOAT16; }
  /// From the type of the activations to fp32 and back; nothing where they are the same.
  std::string widen(std::string_view label, const std::string& x) {
    return half() ? build_.cast(label, x, onnx::TensorProto::FLOAT) : x;
  }
  std::string narrow(std::string_view label, const std::string& x) {
    return half() ? build_.cast(label, x, type_) : x;
  }

  [[nodiscard]] bool int8() const { return settings_.precision == Precision::int8; }

  std::string linear(const std::string& x, const std::string& name) {
    if (int8()) {
      return quantized_linear(build_, settings_.quantization, name, x,
                              {name + ".weight", shapes_.at(name + ".weight")}, weight(name + ".bias"));
    }
    return build_.gemm(name, x, weight(name + ".weight"), weight(name + ".bias"));
  }

  std::string norm(const std::string& x, const std::string& name) {
    const auto normed = build_.layer_norm(name, widen(name + "/fp32", x), weight_f32(name + ".weight"),
                                          weight_f32(name + ".bias"), config_.norm.epsilon);
    return narrow(name + "/fp16", normed);
  }

  /// Position numbers and the causal mask, computed once for all layers.
  void shared_inputs() {
    build_.set_scope("shared");
    shape_ = build_.node("Shape", "shape", {"input_ids"});
    const auto length = build_.gather("length", shape_, build_.int64_scalar(1), 0);
    positions_ = build_.node("Range", "positions", {build_.int64_scalar(0), length, build_.int64_scalar(1)});
    const auto rows = build_.node("Unsqueeze", "rows", {positions_, build_.int64s({1})});
    const auto future = build_.node("Less", "future", {rows, positions_});
    // -1e4 and not -infinity: runtimes that make fp16 of an fp32 graph must not meet a row of -infinity.
    mask_ = build_.node("Where", "mask", {future, build_.scalar(-1e4F), build_.scalar(0.0F)});
    head_shape_ =
        build_.concat("head_shape", {shape_, build_.int64s({config_.heads, head_size(config_)})}, 0);
    flat_shape_ = int8() ? build_.int64s({1, -1, config_.hidden}) : build_.int64s({-1, config_.hidden});
  }

  std::string embedding() {
    build_.set_scope("embedding");
    const auto tokens = build_.gather("tokens", weight("wte.weight"), "input_ids", 0);
    const auto positions = build_.gather("positions", weight("wpe.weight"), positions_, 0);
    return build_.node("Reshape", "flat", {build_.node("Add", "sum", {tokens, positions}), flat_shape_});
  }

  std::string attention(int layer, const std::string& x) {
    const auto block = fmt::format("h.{}.", layer);
    build_.set_scope({});
    const auto qkv = linear(norm(x, block + "ln_1"), block + "attn.c_attn");
    build_.set_scope(block + "attn");
    const auto d = std::int64_t{config_.hidden};
    const auto parts = build_.split("split", qkv, int8() ? 2 : 1, {d, d, d});
    const auto heads = [&](std::size_t part, std::string_view label, const std::vector<std::int64_t>& order) {
      const auto split = build_.node("Reshape", fmt::format("{}_heads", label), {parts[part], head_shape_});
      return build_.transpose(label, split, order);
    };
    const auto query = heads(0, "query", {0, 2, 1, 3});
    const auto key = heads(1, "key", {0, 2, 3, 1});
    const auto value = heads(2, "value", {0, 2, 1, 3});
    const auto masked = build_.node("Add", "masked", {scores(query, key), mask_});
    const auto weights = narrow("softmax_fp16", build_.softmax("softmax", masked));
    const auto mixed = build_.node("MatMul", "mixed", {weights, value});
    const auto joined =
        build_.node("Reshape", "joined", {build_.transpose("by_token", mixed, {0, 2, 1, 3}), flat_shape_});
    build_.set_scope({});
    const auto projected = linear(joined, block + "attn.c_proj");
    return build_.node("Add", block + "attn/residual", {projected, x});
  }

  /// queries x keys / sqrt(head size), in fp32.
  std::string scores(const std::string& query, const std::string& key) {
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head_size(config_))));
    if (half()) {
      const auto scaled = build_.node("Mul", "scaled", {query, scalar(scale)});
      return widen("scores_fp32", build_.node("MatMul", "scores", {scaled, key}));
    }
    return build_.node("Mul", "scaled", {build_.node("MatMul", "scores", {query, key}), scalar(scale)});
  }

  std::string mlp(int layer, const std::string& x) {
    const auto block = fmt::format("h.{}.", layer);
    build_.set_scope({});
    const auto inner = linear(norm(x, block + "ln_2"), block + "mlp.c_fc");
    build_.set_scope(block + "mlp");
    const auto active = gelu_new(inner);
    build_.set_scope({});
    return build_.node("Add", block + "mlp/residual", {linear(active, block + "mlp.c_proj"), x});
  }

  /// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), in the order of operations that ONNX Runtime and
  /// OpenVINO recognise and run as one kernel.
  std::string gelu_new(const std::string& x) {
    const auto cube = build_.node("Pow", "cube", {x, scalar(3.0F)});
    const auto sum = build_.node("Add", "sum", {x, build_.node("Mul", "small", {cube, scalar(0.044715F)})});
    const auto root = static_cast<float>(std::sqrt(2.0 / 3.14159265358979323846));
    const auto tanh = build_.node("Tanh", "tanh", {build_.node("Mul", "inner", {sum, scalar(root)})});
    const auto gate = build_.node("Add", "gate", {tanh, scalar(1.0F)});
    const auto half = build_.node("Mul", "half", {x, scalar(0.5F)});
    return build_.node("Mul", "gelu", {half, gate});
  }

  std::string final_norm(const std::string& x) {
    build_.set_scope({});
    auto normed = norm(x, "ln_f");
    build_.set_scope("head");
    return normed;
  }

  void head(const std::string& x) {
    build_.set_scope("head");
    // Calibration sees every position of it, whatever goes on to the logits.
    std::string hidden = settings_.observed ? final_norm(x) : x;
    std::string shape = shape_;
    if (settings_.logits == protocol::LogitsScope::last) {
      // Only the last position goes through the largest matrix of the model.
      const auto grid = build_.concat("grid", {shape_, build_.int64s({config_.hidden})}, 0);
      const auto by_sequence = build_.node("Reshape", "by_sequence", {hidden, grid});
      hidden = build_.gather("last", by_sequence, build_.int64_scalar(-1), 1);
      const auto batch = build_.node("Slice", "batch", {shape_, build_.int64s({0}), build_.int64s({1})});
      shape = build_.concat("positions", {batch, build_.int64s({1})}, 0);
    } else if (int8()) {
      hidden = build_.node("Reshape", "flat", {hidden, build_.int64s({-1, config_.hidden})});
    }
    const auto logits_shape = build_.concat("shape", {shape, build_.int64s({config_.vocabulary})}, 0);
    const auto normed = settings_.observed ? hidden : final_norm(hidden);
    build_.set_scope({});
    // The tied embedding is [vocabulary, hidden]: used as it is, so it is stored once.
    const auto flat = int8() && settings_.quantization.head
                          ? quantized_linear(build_, settings_.quantization, "head/project", normed,
                                             {"wte.weight", shapes_.at("wte.weight")}, {})
                          : build_.gemm("head/project", normed, weight("wte.weight"), {}, true);
    const auto returned = settings_.half_logits ? flat : widen("head/fp32", flat);
    build_.node("Reshape", "logits", {returned, logits_shape});
  }

  GraphBuilder build_;
  const model::DecoderSpec& config_;
  const ExportSettings& settings_;
  const int type_;  ///< of weights and activations
  std::map<std::string, std::vector<std::int64_t>> shapes_;
  std::string shape_, positions_, mask_, head_shape_, flat_shape_;
};

void declare(onnx::ValueInfoProto& value, const std::string& name, int type,
             const std::vector<std::string>& dimensions) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  for (const auto& dimension : dimensions) {
    auto& added = *tensor.mutable_shape()->add_dim();
    if (dimension.find_first_not_of("0123456789") == std::string::npos) {
      added.set_dim_value(std::stoll(dimension));
    } else {
      added.set_dim_param(dimension);
    }
  }
}

}  // namespace

onnx::ModelProto build_gpt2_graph(const model::DecoderSpec& config, const ExportSettings& settings) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("inferscale");
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  auto& graph = *model.mutable_graph();
  graph.set_name("gpt2");
  declare(*graph.add_input(), "input_ids", onnx::TensorProto::INT32, {"batch", "sequence"});
  const std::string positions = settings.logits == protocol::LogitsScope::last ? "1" : "sequence";
  declare(*graph.add_output(), "logits",
          settings.half_logits ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT,
          {"batch", positions, std::to_string(config.vocabulary)});
  if (settings.observed) {
    for (const auto& name : quantized_activations(config, true)) {
      const bool inner = name.ends_with("gelu");
      declare(*graph.add_output(), name, onnx::TensorProto::FLOAT,
              {"tokens", std::to_string(inner ? inner_size(config) : config.hidden)});
    }
  }
  Gpt2Graph(graph, config, settings).emit();
  return model;
}

}  // namespace inferscale::onnx_graph
