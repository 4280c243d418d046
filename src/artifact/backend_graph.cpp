#include "artifact/backend_graph.hpp"

#include <algorithm>
#include <array>

namespace inferscale::artifact {

using namespace onnx_graph;

namespace {

constexpr std::array<std::string_view, 5> kQuantizationOptions{"form", "quantize_head", "weight_bits",
                                                               "calibration", "percentile"};

bool is_quantization_option(std::string_view name) {
  return std::find(kQuantizationOptions.begin(), kQuantizationOptions.end(), name) !=
         kQuantizationOptions.end();
}

/// Only ONNX Runtime on a CPU has kernels for scales that come with each tensor.
bool takes_dynamic(const protocol::BackendInfo& backend) {
  return backend.name == "onnxruntime-cpu-int8";
}

Result<void> read_names(FieldReader& fields, const protocol::BackendInfo& backend,
                        QuantizationChoice& choice) {
  std::string form(to_string(choice.form));
  std::string method(to_string(choice.calibration.method));
  TRY(fields.read("form", form));
  TRY(fields.read("calibration", method));
  const auto parsed_form = parse_quantization_form(form);
  const auto parsed_method = parse_calibration_method(method);
  if (!parsed_form) {
    return fail_usage("{}: must be \"qdq\" or \"dynamic\", not \"{}\"", fields.place_of("form"), form);
  }
  if (*parsed_form == QuantizationForm::dynamic && !takes_dynamic(backend)) {
    return fail_usage("{}: {} runs \"qdq\" only; \"dynamic\" is for onnxruntime-cpu-int8",
                      fields.place_of("form"), backend.name);
  }
  if (!parsed_method) {
    return fail_usage("{}: must be \"max\", \"entropy\" or \"percentile\", not \"{}\"",
                      fields.place_of("calibration"), method);
  }
  choice.form = *parsed_form;
  choice.calibration.method = *parsed_method;
  return {};
}

/// The plan's "calibrator", or an empty string.
Result<std::string> own_calibrator(const protocol::BackendInfo& backend, const Json& options,
                                   const std::string& place) {
  const auto found = options.find("calibrator");
  if (found == options.end()) {
    return std::string();
  }
  if (backend.artifact != "engine" || backend.graph_precision != "int8") {
    return fail_usage("{}: 'calibrator' is TensorRT's own, for tensorrt-int8", place);
  }
  if (*found != "entropy2" && *found != "minmax") {
    return fail_usage("{}: 'calibrator' is \"entropy2\" or \"minmax\", not {}", place, found->dump());
  }
  return found->get<std::string>();
}

/// The corpus', or random ones without a corpus.
Result<CalibrationSamples> samples_of(const model::Model& model, const GraphRequest& request) {
  if (request.corpus.empty()) {
    return random_samples(model, request.seed);
  }
  return corpus_samples(model, request.corpus, request.tokenizer);
}

Result<BackendGraph> float_graph(ArtifactStore& store, const model::Model& model, const GraphRequest& request,
                                 Precision precision) {
  ExportSettings settings;
  settings.precision = precision;
  settings.logits = request.logits;
  // Copying logits to the host is a good part of a GPU's pass; a CPU's runtimes would convert them anyway.
  // TensorRT 10.6 finds no kernels for such a graph ("Could not find any implementation for node
  // {ForeignNode[...").
  settings.half_logits =
      precision == Precision::fp16 && request.backend.device == "cuda" && request.backend.artifact == "onnx";
  if (const auto supported = graph::check_supported(settings); !supported) {
    return fail_as(Outcome::unsupported, "{}", supported.error().message);
  }
  BackendGraph graph;
  TRY_ASSIGN(graph.graph, store.onnx_graph(model, request.seed, settings));
  return graph;
}

}  // namespace

Result<QuantizationChoice> quantization_choice(const protocol::BackendInfo& backend, const Json& options) {
  const std::string place = fmt::format("backend_options of {}", backend.name);
  QuantizationChoice choice;
  choice.weight_bits = backend.weight_bits;
  choice.form = takes_dynamic(backend) ? QuantizationForm::dynamic : QuantizationForm::qdq;
  Json own = Json::object();
  for (const auto& [name, value] : options.items()) {
    if (!is_quantization_option(name)) {
      continue;
    }
    if (backend.graph_precision != "int8") {
      return fail_usage("{}: '{}' is for int8 graphs, and this backend's are {}", place, name,
                        backend.graph_precision);
    }
    own[name] = value;
  }
  TRY_ASSIGN(choice.calibrator, own_calibrator(backend, options, place));
  if (!choice.calibrator.empty() && !own.empty()) {
    return fail_usage("{}: '{}' is about our scales, and 'calibrator' asks for TensorRT's: leave one out",
                      place, own.begin().key());
  }
  FieldReader fields(own, place);
  TRY(read_names(fields, backend, choice));
  TRY(fields.read("quantize_head", choice.head));
  TRY(fields.read("weight_bits", choice.weight_bits));
  if (choice.weight_bits != kWeightBits && choice.weight_bits != kNarrowWeightBits) {
    return fail_usage("{}: must be 7 or 8, not {}", fields.place_of("weight_bits"), choice.weight_bits);
  }
  TRY(fields.read("percentile", choice.calibration.percentile));
  if (!(choice.calibration.percentile > 0 && choice.calibration.percentile <= 100)) {
    return fail_usage("{}: must be above 0 and at most 100, not {}", fields.place_of("percentile"),
                      choice.calibration.percentile);
  }
  return choice;
}

Json worker_options(const Json& options) {
  Json own = Json::object();
  for (const auto& [name, value] : options.items()) {
    if (!is_quantization_option(name)) {
      own[name] = value;
    }
  }
  return own;
}

CalibrationRunner calibration_runner(const client::Registry& registry, bool may_use_gpu) {
  CalibrationRunner runner;
  const auto* backend = registry.find("onnxruntime-cpu");
  if (backend == nullptr) {
    runner.unavailable_because = "there is none";
  } else if (backend->available()) {
    runner.worker = backend->executable;
  } else {
    runner.unavailable_because = backend->info.unavailable_because;
  }
  const auto* on_gpu = registry.find("onnxruntime-gpu");
  runner.gpu = may_use_gpu && on_gpu != nullptr && on_gpu->available() && on_gpu->executable == runner.worker;
  return runner;
}

Result<CalibratedQuantization> calibrated(ArtifactStore& store, const model::Model& model,
                                          const GraphRequest& request, const QuantizationChoice& choice) {
  CalibratedQuantization made;
  made.quantization.form = choice.form;
  made.quantization.head = choice.head;
  made.quantization.weight_bits = choice.weight_bits;
  if (choice.form == QuantizationForm::dynamic) {
    return made;
  }
  TRY_ASSIGN(const CalibrationSamples samples, samples_of(model, request));
  TRY_ASSIGN(const Artifact weights, store.weights(model, request.seed));
  TRY_ASSIGN(made.calibration, calibrate(store, model, weights, samples, choice.calibration, request.runner));
  TRY_ASSIGN(made.quantization.limits, read_limits(made.calibration->path));
  return made;
}

Result<BackendGraph> make_int8_graph(ArtifactStore& store, const model::Model& model,
                                     const GraphRequest& request, const QuantizationChoice& choice) {
  TRY_ASSIGN(CalibratedQuantization made, calibrated(store, model, request, choice));
  ExportSettings settings;
  settings.precision = Precision::int8;
  settings.logits = request.logits;
  settings.quantization = std::move(made.quantization);
  Json details{{"weight_bits", choice.weight_bits}};
  if (made.calibration) {
    details["calibration_file"] = made.calibration->path.filename().string();
    details["calibration"] = to_string(choice.calibration.method);
    details["calibration_source"] =
        request.corpus.empty() ? "random token ids" : request.corpus.filename().string();
  }
  BackendGraph graph;
  TRY_ASSIGN(graph.graph, store.onnx_graph(model, request.seed, settings, details));
  graph.calibration = std::move(made.calibration);
  graph.quantization = std::move(settings.quantization);
  return graph;
}

Result<BackendGraph> make_backend_graph(ArtifactStore& store, const model::Model& model,
                                        const GraphRequest& request) {
  TRY_ASSIGN(const QuantizationChoice choice, quantization_choice(request.backend, request.options));
  const auto precision = parse_precision(request.backend.graph_precision);
  if (!precision) {
    return fail_as(Outcome::unsupported, "this inferscale cannot make what {} loads: a graph at {}",
                   request.backend.name, request.backend.graph_precision);
  }
  if (!choice.calibrator.empty()) {
    TRY_ASSIGN(BackendGraph graph, float_graph(store, model, request, Precision::fp32));
    TRY_ASSIGN(const CalibrationSamples samples, samples_of(model, request));
    TRY_ASSIGN(graph.samples, samples_file(store, model, samples));
    return graph;
  }
  if (*precision == Precision::int8) {
    return make_int8_graph(store, model, request, choice);
  }
  return float_graph(store, model, request, *precision);
}

}  // namespace inferscale::artifact
