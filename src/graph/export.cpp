#include "graph/export.hpp"

#include <google/protobuf/stubs/common.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "core/files.hpp"
#include "graph/decoder.hpp"
#include "graph/weight_stream.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"

namespace inferscale::graph {

using namespace onnx_graph;

namespace {

/// Room for everything in the file that is not a weight's bytes: nodes, names, encoded lengths.
constexpr std::uint64_t kGraphAllowanceBytes = 16U << 20;

std::uint64_t total_streamed(const onnx::GraphProto& graph) {
  std::uint64_t bytes = 0;
  for (const auto& tensor : graph.initializer()) {
    bytes += is_streamed(tensor) ? streamed_bytes(tensor) : 0;
  }
  return bytes;
}

}  // namespace

Result<void> check_supported(const ExportSettings& settings) {
  if (settings.mode != GraphMode::prefill) {
    return fail_usage("cannot export mode '{}': this version exports prefill graphs, which generate runs too",
                      to_string(settings.mode));
  }
  if (settings.half_logits && settings.precision != Precision::fp16) {
    return fail_usage("fp16 logits come from graphs at precision fp16, not {}",
                      to_string(settings.precision));
  }
  return {};
}

Result<ExportedGraph> export_onnx(const model::WeightSource& weights, const ExportSettings& settings,
                                  const std::filesystem::path& file, std::uint64_t max_single_file_bytes) {
  TRY(check_supported(settings));
  model::DecoderSpec config = weights.config();
  config.layers = settings.blocks == 0 ? config.layers : std::min(config.layers, settings.blocks);
  if (settings.precision == Precision::int8) {
    TRY(check_limits(settings.quantization, config));
  }
  onnx::ModelProto model = build_decoder(config, settings);
  TRY(verify_graph(model));
  if (file.has_parent_path()) {
    TRY(make_folders(file.parent_path()));
  }
  const bool external = total_streamed(model.graph()) + kGraphAllowanceBytes > max_single_file_bytes;
  WeightStream stream(weights, largest_weight(settings.quantization.weight_bits));
  auto written = write_model(std::move(model), file, external, std::ref(stream));
  stream.release_last();
  return written;
}

Result<void> check_limits(const Quantization& quantization, const model::DecoderSpec& spec) {
  if (quantization.form == QuantizationForm::dynamic) {
    return {};
  }
  for (const auto& name : quantized_activations(spec, quantization.head)) {
    const auto limit = quantization.limits.find(name);
    if (limit == quantization.limits.end()) {
      return fail("the int8 graph needs a calibrated limit for the activation '{}', and there is none", name);
    }
    if (!std::isfinite(limit->second) || limit->second <= 0) {
      return fail("the calibrated limit of the activation '{}' is {}, not a finite number above 0", name,
                  limit->second);
    }
  }
  return {};
}

Json exporter_versions() {
  const int protobuf = GOOGLE_PROTOBUF_VERSION;
  return Json{
      {"inferscale", INFERSCALE_VERSION},
      {"onnx", ONNX_VERSION},
      {"protobuf", fmt::format("{}.{}.{}", protobuf / 1000000, protobuf / 1000 % 1000, protobuf % 1000)}};
}

}  // namespace inferscale::graph
