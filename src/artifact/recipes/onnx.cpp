#include "artifact/backend_graph.hpp"
#include "artifact/recipes/format.hpp"
#include "artifact/recipes/of_model.hpp"
#include "artifact/store.hpp"
#include "artifact/weight_links.hpp"
#include "graph/export.hpp"
#include "model/family.hpp"

namespace inferscale::artifact {

using namespace model;
using namespace onnx_graph;

namespace {

/// What decides an int8 graph: of the limits, those that it uses.
Json quantization_key(const Quantization& quantization, const DecoderSpec& config) {
  Json key{{"version", kQuantizationVersion},
           {"form", to_string(quantization.form)},
           {"quantize_head", quantization.head}};
  if (quantization.weight_bits != kWeightBits) {  // graphs of 8 bits keep the key that they always had
    key["weight_bits"] = quantization.weight_bits;
  }
  if (quantization.form == QuantizationForm::blocks) {
    key["block"] = kBlock;
  }
  if (quantization.form == QuantizationForm::qdq) {
    for (const auto& name : graph::quantized_activations(config, quantization.head)) {
      const auto limit = quantization.limits.find(name);
      key["limits"][name] = limit == quantization.limits.end() ? Json() : Json(limit->second);
    }
  }
  return key;
}

MadeFile unsupported(std::string reason) {
  MadeFile none;
  none.not_made = Error{std::move(reason), Outcome::unsupported};
  return none;
}

/// What graphs of every precision have in common. A mode with a cache needs the last position's logits alone.
ExportSettings settings_of(const protocol::Need& need, const Order& order, Precision precision) {
  const bool cached = is_cached(need);
  ExportSettings settings;
  settings.precision = precision;
  settings.mode = cached ? GraphMode::decode : GraphMode::prefill;
  settings.logits = cached ? protocol::LogitsScope::last : order.request.logits;
  settings.dialect = parse_dialect(need.dialect).value_or(Dialect::portable);
  settings.dialect = graph::best_dialect(order.model.config, settings);
  return settings;
}

Result<MadeFile> other_graph(const protocol::Need& need, const Order& order, Precision precision,
                             const QuantizationChoice& choice) {
  ExportSettings settings = settings_of(need, order, precision);
  settings.quantization.head = choice.head;
  settings.half_logits = precision == Precision::fp16 && need.logits == to_string(Precision::fp16);
  if (auto supported = graph::check_supported(settings); !supported) {
    return unsupported(supported.error().message);
  }
  MadeFile made;
  TRY_ASSIGN(made.artifact, order.store.onnx_graph(order.model, order.request.seed, settings));
  return made;
}

Json int4_key(const Quantization& quantization) {
  return Json{{"version", kInt4Version}, {"block", kBlock}, {"quantize_head", quantization.head}};
}

Result<Made> write_graph(const Model& model, const Artifact& weights, const ExportSettings& settings,
                         const std::filesystem::path& file, const KnownHashes& hashes) {
  TRY_ASSIGN(const WeightSource source, WeightSource::open(weights.path, model.config));
  if (model.config.family->graphs_hold_weights) {
    return graph::export_onnx(source, settings, file);
  }
  WeightLinks links(file.parent_path(), weights, hashes);
  TRY_ASSIGN(Made made, graph::export_onnx(source, settings, file, {kMaxSingleFileBytes, links.link()}));
  made.linked_weights = links.keep();
  return made;
}

Result<MadeFile> int8_graph(const protocol::Need& need, const Order& order, const QuantizationChoice& choice,
                            const InputFiles& inputs) {
  const GraphRequest& request = order.request;
  ExportSettings settings = settings_of(need, order, Precision::int8);
  settings.quantization = quantization_of(choice);
  Json details{{"weight_bits", choice.weight_bits}};
  if (const auto limits = inputs.find(kCalibrationFormat); limits != inputs.end()) {
    TRY_ASSIGN(settings.quantization.limits, read_limits(limits->second.path));
    details["calibration_file"] = limits->second.path.filename().string();
    details["calibration"] = to_string(choice.calibration.method);
    details["calibration_source"] =
        request.corpus.empty() ? "random token ids" : request.corpus.filename().string();
  }
  MadeFile made;
  TRY_ASSIGN(made.artifact, order.store.onnx_graph(order.model, request.seed, settings, details));
  made.quantization = std::move(settings.quantization);
  return made;
}

Result<std::vector<protocol::Need>> inputs_of_graph(const protocol::Need& need, const Order& order) {
  TRY_ASSIGN(const QuantizationChoice choice,
             quantization_choice(order.request.backend, order.request.options, &order.model.config));
  std::vector<protocol::Need> inputs{{"safetensors"}};
  if (parse_precision(need.precision) == Precision::int8 && choice.form == QuantizationForm::qdq) {
    inputs.push_back({kCalibrationFormat});
  }
  return inputs;
}

Result<MadeFile> make_graph(const protocol::Need& need, const Order& order, const InputFiles& inputs) {
  const auto precision = parse_precision(need.precision);
  const bool dialect = need.dialect.empty() || parse_dialect(need.dialect);
  if (!need.mode.empty() && !protocol::parse_mode(need.mode)) {
    return unsupported(fmt::format("this inferscale cannot make what {} loads: a graph for the mode {}",
                                   order.request.backend.name, need.mode));
  }
  if (!precision || !dialect) {
    return unsupported(fmt::format("this inferscale cannot make what {} loads: a graph at {}{}",
                                   order.request.backend.name, need.precision,
                                   dialect ? "" : fmt::format(" in the dialect {}", need.dialect)));
  }
  TRY_ASSIGN(const QuantizationChoice choice,
             quantization_choice(order.request.backend, order.request.options, &order.model.config));
  if (*precision != Precision::int8) {
    return other_graph(need, order, *precision, choice);
  }
  return int8_graph(need, order, choice, inputs);
}

}  // namespace

const Format kOnnxFormat{"onnx", inputs_of_graph, make_graph};

Result<Artifact> ArtifactStore::onnx_graph(const Model& model, std::uint64_t seed,
                                           const ExportSettings& settings, const Json& details) {
  TRY(graph::check_supported(settings));
  TRY_ASSIGN(const Artifact source_file, weights(model, seed));
  Recipe recipe;
  recipe.kind = "onnx";
  recipe.stem = fmt::format("{}-{}-{}", to_string(settings.precision), to_string(settings.mode),
                            to_string(settings.logits));
  recipe.extension = ".onnx";
  recipe.key = Json{{"exporter_version", kExporterVersion},
                    {"opset", kOpset},
                    {"config", shape_of(model)},
                    {"weights_sha256", source_file.sha256},
                    {"precision", to_string(settings.precision)},
                    {"mode", to_string(settings.mode)},
                    {"logits", to_string(settings.logits)}};
  if (settings.precision == Precision::int8) {
    const int bits = settings.quantization.weight_bits;
    recipe.stem = fmt::format("int8-{}{}", to_string(settings.quantization.form),
                              bits == kWeightBits ? "" : fmt::format("-w{}", bits)) +
                  recipe.stem.substr(4);
    recipe.key["quantization"] = quantization_key(settings.quantization, model.config);
  }
  if (settings.dialect != Dialect::portable) {  // portable graphs keep the key that they always had
    recipe.stem += fmt::format("-{}", to_string(settings.dialect));
    recipe.key["dialect"] = to_string(settings.dialect);
    if (settings.dialect == Dialect::fixed_cache) {
      recipe.key["dialect_version"] = kFixedCacheVersion;
    }
  }
  if (settings.half_logits) {
    recipe.stem += "-fp16-logits";
    recipe.key["half_logits"] = true;
  }
  recipe.details = details_of(model);
  recipe.details["weights_file"] = source_file.path.filename().string();
  recipe.details.update(details);
  if (settings.precision == Precision::int4) {
    recipe.key["quantization"] = int4_key(settings.quantization);
  }
  if (!model.config.family->graphs_hold_weights) {
    recipe.key["weights"] = "linked";
  }
  recipe.make = [&](const std::filesystem::path& file) {
    return write_graph(model, source_file, settings, file, hashes_);
  };
  return get_or_make(model, recipe, force_export_);
}

}  // namespace inferscale::artifact
