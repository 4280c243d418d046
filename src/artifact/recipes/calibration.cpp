#include "artifact/calibration.hpp"

#include <algorithm>
#include <limits>
#include <system_error>

#include "artifact/backend_graph.hpp"
#include "artifact/observed_activations.hpp"
#include "artifact/recipes/format.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "graph/export.hpp"

namespace inferscale::artifact {
namespace {

Json settings_json(const CalibrationSettings& settings) {
  Json json{{"method", to_string(settings.method)}};
  if (settings.method == CalibrationMethod::percentile) {
    json["percentile"] = settings.percentile;
  }
  if (settings.method != CalibrationMethod::max) {
    json["bins"] = kHistogramBins;
  }
  return json;
}

Json samples_json(const CalibrationSamples& samples) {
  Json json = samples.source;
  json["samples"] = samples.tokens.size();
  json["tokens"] = samples.tokens.at(0).size();
  json["samples_sha256"] = samples_sha256(samples);
  return json;
}

double limit_of(const ObservedActivation& activation, const CalibrationSettings& settings) {
  const MagnitudeHistogram histogram{activation.counts, activation.largest / kHistogramBins};
  double limit = activation.largest;
  if (settings.method == CalibrationMethod::entropy) {
    limit = entropy_limit(histogram);
  } else if (settings.method == CalibrationMethod::percentile) {
    limit = percentile_limit(histogram, settings.percentile);
  }
  // An activation that is always 0 may have any scale, but it must have one.
  return std::max(limit, static_cast<double>(std::numeric_limits<float>::min()) * 127);
}

/// The share of values that lie beyond the limit.
double clipped_share(const ObservedActivation& activation, double limit) {
  double all = 0;
  double beyond = 0;
  for (std::size_t bin = 0; bin < activation.counts.size(); ++bin) {
    const auto count = static_cast<double>(activation.counts[bin]);
    const double begin = static_cast<double>(bin) * activation.largest / kHistogramBins;
    all += count;
    beyond += begin >= limit ? count : 0;
  }
  return all > 0 ? beyond / all : 0;
}

Json cache_json(const model::Model& model, const CalibrationSamples& samples,
                const CalibrationSettings& settings, const ObservedActivations& observed) {
  Json json{{"model", model.name}};
  json.update(settings_json(settings));
  json["samples"] = samples_json(samples);
  json["runtime"] = observed.runtime;
  json["activations"] = Json::object();
  for (const auto& activation : observed.activations) {
    const auto limit = static_cast<float>(limit_of(activation, settings));
    Json item{{"limit", limit}, {"largest", activation.largest}};
    if (settings.method != CalibrationMethod::max) {
      item["clipped"] = clipped_share(activation, limit);
    }
    json["activations"][activation.name] = std::move(item);
  }
  return json;
}

/// The fp32 graph with those activations as outputs, gone with this object.
struct ObservedGraph {
  explicit ObservedGraph(std::filesystem::path path) : file(std::move(path)) {}
  ObservedGraph(const ObservedGraph&) = delete;
  ObservedGraph& operator=(const ObservedGraph&) = delete;
  ~ObservedGraph() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    std::filesystem::remove(file.string() + ".data", ignored);
  }
  std::filesystem::path file;
};

Result<onnx_graph::ExportedGraph> make_cache(const model::Model& model, const Artifact& weights,
                                             const CalibrationSamples& samples,
                                             const CalibrationSettings& settings,
                                             const CalibrationRunner& runner,
                                             const std::filesystem::path& file) {
  TRY_ASSIGN(const model::WeightSource source, model::WeightSource::open(weights.path, model.config));
  TRY(source.check_finite());
  const ObservedGraph graph(file.parent_path() / fmt::format(".{}.observed.tmp", file.filename().string()));
  onnx_graph::ExportSettings export_settings;
  export_settings.logits = protocol::LogitsScope::last;
  export_settings.observed = true;
  TRY(graph::export_onnx(source, export_settings, graph.file));
  const bool histograms = settings.method != CalibrationMethod::max;
  TRY_ASSIGN(const ObservedActivations observed,
             observe_activations(model, graph.file, samples.tokens, histograms, runner));
  const std::string text = to_pretty(cache_json(model, samples, settings, observed));
  TRY(write_file_atomic(file, text));
  onnx_graph::ExportedGraph made;
  made.graph = onnx_graph::WrittenFile{file, text.size(), sha256_hex(text)};
  return made;
}

/// Limits are of what the fp32 graph of these weights computes.
Result<std::vector<protocol::Need>> inputs_of_limits(const protocol::Need& need, const Order& order) {
  static_cast<void>(need);
  static_cast<void>(order);
  return std::vector<protocol::Need>{{"safetensors"}};
}

Result<MadeFile> make_limits(const protocol::Need& need, const Order& order, const InputFiles& inputs) {
  static_cast<void>(need);
  TRY_ASSIGN(const QuantizationChoice choice,
             quantization_choice(order.request.backend, order.request.options, &order.model.config));
  TRY_ASSIGN(const CalibrationSamples samples, samples_of(order.model, order.request));
  MadeFile made;
  TRY_ASSIGN(made.artifact, calibrate(order.store, order.model, inputs.at("safetensors"), samples,
                                      choice.calibration, order.request.runner));
  return made;
}

Result<std::vector<protocol::Need>> inputs_of_samples(const protocol::Need& need, const Order& order) {
  static_cast<void>(need);
  static_cast<void>(order);
  return std::vector<protocol::Need>{};
}

Result<MadeFile> make_samples(const protocol::Need& need, const Order& order, const InputFiles& inputs) {
  static_cast<void>(need);
  static_cast<void>(inputs);
  TRY_ASSIGN(const CalibrationSamples samples, samples_of(order.model, order.request));
  MadeFile made;
  TRY_ASSIGN(made.artifact, samples_file(order.store, order.model, samples));
  return made;
}

}  // namespace

const Format kLimitsFormat{kCalibrationFormat, inputs_of_limits, make_limits};
const Format kCalibrationSamplesFormat{kSamplesFormat, inputs_of_samples, make_samples};

Result<Artifact> calibrate(ArtifactStore& store, const model::Model& model, const Artifact& weights,
                           const CalibrationSamples& samples, const CalibrationSettings& settings,
                           const CalibrationRunner& runner) {
  Recipe recipe;
  recipe.kind = "calib";
  recipe.stem = to_string(settings.method);
  recipe.extension = ".json";
  Json config = to_json(model.config);
  config.erase("name");
  recipe.key = Json{{"calibration_version", kCalibrationVersion},
                    {"config", std::move(config)},
                    {"weights_sha256", weights.sha256},
                    {"settings", settings_json(settings)},
                    {"samples", samples_json(samples)}};
  recipe.details = Json{{"model", model.name},
                        {"parameters", parameter_count(model.config)},
                        {"layers", model.config.layers},
                        {"weights_file", weights.path.filename().string()},
                        {"versions", graph::exporter_versions()}};
  recipe.make = [&](const std::filesystem::path& file) {
    return make_cache(model, weights, samples, settings, runner, file);
  };
  return store.get_or_make(model, recipe);
}

Result<std::map<std::string, float>> read_limits(const std::filesystem::path& file) {
  TRY_ASSIGN(const Json json, read_json_file(file));
  const auto activations = json.find("activations");
  if (activations == json.end() || !activations->is_object()) {
    return fail("{}: field 'activations' must be an object", file.string());
  }
  std::map<std::string, float> limits;
  for (const auto& [name, item] : activations->items()) {
    double limit = 0;
    FieldReader fields(item, fmt::format("{}: activations: {}", file.string(), name));
    TRY(fields.require("limit", limit));
    limits[name] = static_cast<float>(limit);
  }
  return limits;
}

}  // namespace inferscale::artifact
