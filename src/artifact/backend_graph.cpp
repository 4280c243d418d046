#include "artifact/backend_graph.hpp"

#include <algorithm>
#include <array>

#include "protocol/needs.hpp"

namespace inferscale::artifact {

using namespace onnx_graph;

namespace {

constexpr const char* kQuantizeHead = "quantize_head";
constexpr std::array<std::string_view, 5> kQuantizationOptions{"form", kQuantizeHead, "weight_bits",
                                                               "calibration", "percentile"};

bool is_quantization_option(std::string_view name) {
  return std::find(kQuantizationOptions.begin(), kQuantizationOptions.end(), name) !=
         kQuantizationOptions.end();
}

bool takes_option(const protocol::BackendInfo& backend, std::string_view name) {
  return takes_int8_graph(backend) || (takes_int4_graph(backend) && name == kQuantizeHead);
}

bool takes_form(const protocol::BackendInfo& backend, QuantizationForm form) {
  const auto forms = quantization_forms_of(backend);
  return std::find(forms.begin(), forms.end(), to_string(form)) != forms.end();
}

/// Says what the graphs of a backend are, for errors.
std::string graph_precision(const protocol::BackendInfo& backend) {
  const auto graph = graph_of(backend);
  return graph ? graph->precision : backend.graph_precision;
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
    return fail_usage("{}: must be \"qdq\", \"dynamic\" or \"blocks\", not \"{}\"", fields.place_of("form"),
                      form);
  }
  if (!takes_form(backend, *parsed_form)) {
    return fail_usage("{}: {} runs \"{}\" only, not \"{}\"", fields.place_of("form"), backend.name,
                      fmt::join(quantization_forms_of(backend), "\", \""), form);
  }
  if (!parsed_method) {
    return fail_usage("{}: must be \"max\", \"entropy\" or \"percentile\", not \"{}\"",
                      fields.place_of("calibration"), method);
  }
  choice.form = *parsed_form;
  choice.calibration.method = *parsed_method;
  return {};
}

/// What is about a scale for a whole activation or column.
constexpr std::array kWholeScaleOptions{"weight_bits", "calibration", "percentile"};

/// Whether what goes into each projection is whole blocks. OpenVINO computes a product that begins or ends
/// within one in fp32.
bool has_whole_blocks(const model::DecoderSpec& spec) {
  const std::array inputs{spec.hidden, spec.heads * model::head_size(spec), model::inner_size(spec)};
  return std::all_of(inputs.begin(), inputs.end(), [](int width) { return width % kBlock == 0; });
}

/// The product that goes into a gated MLP's last projection is thousands in a few places of trained models,
/// which leaves one scale for all of it no precision (docs/lab-notes/trained-weights.md).
QuantizationForm default_form(const protocol::BackendInfo& backend, const Json& options,
                              const model::DecoderSpec* model) {
  const bool whole = std::any_of(kWholeScaleOptions.begin(), kWholeScaleOptions.end(),
                                 [&](const char* name) { return options.contains(name); });
  if (model != nullptr && model->mlp.gated && has_whole_blocks(*model) && !whole &&
      takes_form(backend, QuantizationForm::blocks)) {
    return QuantizationForm::blocks;
  }
  return parse_quantization_form(quantization_forms_of(backend).front()).value_or(QuantizationForm::qdq);
}

/// Weights in blocks need no calibration, and are never narrow.
Result<void> check_blocks(const Json& options, const std::string& place) {
  for (const char* name : kWholeScaleOptions) {
    if (options.contains(name)) {
      return fail_usage("{}: '{}' is for the forms \"qdq\" and \"dynamic\", not \"blocks\"", place, name);
    }
  }
  return {};
}

/// The plan's "calibrator", or an empty string.
Result<std::string> own_calibrator(const protocol::BackendInfo& backend, const Json& options,
                                   const std::string& place) {
  const auto found = options.find("calibrator");
  if (found == options.end()) {
    return std::string();
  }
  if (!is_built(backend) || !takes_int8_graph(backend)) {
    return fail_usage("{}: 'calibrator' is TensorRT's own, for tensorrt-int8", place);
  }
  if (*found != "entropy2" && *found != "minmax") {
    return fail_usage("{}: 'calibrator' is \"entropy2\" or \"minmax\", not {}", place, found->dump());
  }
  return found->get<std::string>();
}

}  // namespace

Result<CalibrationSamples> samples_of(const model::Model& model, const GraphRequest& request) {
  if (request.corpus.empty()) {
    return random_samples(model, request.seed);
  }
  return corpus_samples(model, request.corpus, request.tokenizer);
}

onnx_graph::Quantization quantization_of(const QuantizationChoice& choice) {
  Quantization quantization;
  quantization.form = choice.form;
  quantization.head = choice.head;
  quantization.weight_bits = choice.weight_bits;
  return quantization;
}

Result<QuantizationChoice> quantization_choice(const protocol::BackendInfo& backend, const Json& options,
                                               const model::DecoderSpec* model) {
  const std::string place = fmt::format("backend_options of {}", backend.name);
  QuantizationChoice choice;
  choice.head = !is_built(backend);
  choice.weight_bits = backend.weight_bits;
  choice.form = default_form(backend, options, model);
  Json own = Json::object();
  for (const auto& [name, value] : options.items()) {
    if (!is_quantization_option(name)) {
      continue;
    }
    if (!takes_option(backend, name)) {
      return fail_usage("{}: '{}' is for int8 graphs, and this backend's are {}", place, name,
                        graph_precision(backend));
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
  TRY(fields.read(kQuantizeHead, choice.head));
  TRY(fields.read("weight_bits", choice.weight_bits));
  if (choice.weight_bits != kWeightBits && choice.weight_bits != kNarrowWeightBits) {
    return fail_usage("{}: must be 7 or 8, not {}", fields.place_of("weight_bits"), choice.weight_bits);
  }
  if (choice.form == QuantizationForm::blocks) {
    TRY(check_blocks(own, place));
    choice.weight_bits = kWeightBits;
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
  made.quantization = quantization_of(choice);
  if (choice.form != QuantizationForm::qdq) {
    return made;
  }
  TRY_ASSIGN(const CalibrationSamples samples, samples_of(model, request));
  TRY_ASSIGN(const Artifact weights, store.weights(model, request.seed));
  TRY_ASSIGN(made.calibration, calibrate(store, model, weights, samples, choice.calibration, request.runner));
  TRY_ASSIGN(made.quantization.limits, read_limits(made.calibration->path));
  return made;
}

}  // namespace inferscale::artifact
