#pragma once

#include <optional>
#include <string>

#include "artifact/calibration.hpp"
#include "client/registry.hpp"
#include "graph/export.hpp"

namespace inferscale::artifact {

/// How a backend's int8 or int4 graph is made: the plan's backend_options "form" ("qdq", "dynamic" or
/// "blocks"; the default is blocks for models with gated MLPs and widths that are multiples of kBlock where
/// the backend runs it, else what it runs fastest), "quantize_head" (true; false where an engine is built of
/// the graph), "weight_bits" (7 or 8; what the backend's worker says is exact here), "calibration"
/// ("max", "entropy" or "percentile") and "percentile" (99.99). Or "calibrator", TensorRT's own ("entropy2"
/// or "minmax"), which its worker builds with from the fp32 graph: the others then have no meaning.
struct QuantizationChoice {
  onnx_graph::QuantizationForm form = onnx_graph::QuantizationForm::qdq;
  bool head = false;  ///< the output projection too
  int weight_bits = onnx_graph::kWeightBits;
  CalibrationSettings calibration;
  std::string calibrator;  ///< empty: the above
};

/// Reads those options, for a graph of `model`; without one the default form is that of models without gated
/// MLPs. A usage error for a wrong one, for a form that the backend cannot run, and for any of
/// them where the backend's graph is not int8, but for "quantize_head" of an int4 graph.
Result<QuantizationChoice> quantization_choice(const protocol::BackendInfo& backend, const Json& options,
                                               const model::DecoderSpec* model = nullptr);

/// The options that are the worker's own: all but those above; "calibrator" is its own too.
Json worker_options(const Json& options);

/// The worker that calibrates: onnxruntime's, if it is here. On the GPU only where `may_use_gpu`.
CalibrationRunner calibration_runner(const client::Registry& registry, bool may_use_gpu = false);

/// Of what the ONNX graph of a backend is made.
struct GraphRequest {
  protocol::BackendInfo backend;
  std::uint64_t seed = 0;
  protocol::LogitsScope logits = protocol::LogitsScope::all;
  Json options = Json::object();            ///< the plan's for this backend
  std::filesystem::path corpus, tokenizer;  ///< for calibration; no corpus: random token ids
  CalibrationRunner runner;
};

struct BackendGraph {
  Artifact graph;
  std::optional<onnx_graph::Quantization> quantization;  ///< of an int8 graph
};

/// Makes, or finds in the store, the graph that a backend loads or that its engine is built from, calibrated
/// if need be. Outcome::unsupported when its settings rule that out, or nothing here can calibrate it.
Result<BackendGraph> make_backend_graph(ArtifactStore& store, const model::Model& model,
                                        const GraphRequest& request);

/// What calibration runs on: the corpus, or random token ids without one.
Result<CalibrationSamples> samples_of(const model::Model& model, const GraphRequest& request);

/// Without limits.
onnx_graph::Quantization quantization_of(const QuantizationChoice& choice);

/// The quantisation of such a graph, and the calibration that it came from.
struct CalibratedQuantization {
  onnx_graph::Quantization quantization;
  std::optional<Artifact> calibration;
};
Result<CalibratedQuantization> calibrated(ArtifactStore& store, const model::Model& model,
                                          const GraphRequest& request, const QuantizationChoice& choice);

}  // namespace inferscale::artifact
