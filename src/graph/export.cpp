#include "graph/export.hpp"

#include <google/protobuf/stubs/common.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "core/files.hpp"
#include "graph/blocks.hpp"
#include "graph/decoder.hpp"
#include "graph/weight_stream.hpp"
#include "model/family.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/verify.hpp"

namespace inferscale::graph {

using namespace onnx_graph;

namespace {

/// Room for everything in the file that is no tensor's bytes: nodes, names, encoded lengths.
constexpr std::uint64_t kGraphAllowanceBytes = 16U << 20;

/// Of constants that the graph holds, such as tables of positions.
std::uint64_t constant_bytes(const onnx::GraphProto& graph) {
  std::uint64_t bytes = 0;
  for (const auto& tensor : graph.initializer()) {
    bytes += tensor.raw_data().size();
  }
  return bytes;
}

/// A file is worth a link when the graph would read at least this share of it: norms in fp32 are not, and
/// where it can only be copied, most of the copy would be of no use.
constexpr std::uint64_t kLeastShare = 8;  // an eighth

/// A weight that the graph declares in the type in which it is stored.
struct StoredWeight {
  onnx::TensorProto* declared;
  model::WeightSource::Place place;
};

std::vector<StoredWeight> stored_in_graph_type(onnx::GraphProto& graph, const model::WeightSource& weights) {
  std::map<std::string_view, const model::Tensor*> specs;
  for (const model::Tensor& spec : weights.specs()) {
    specs.emplace(spec.name, &spec);
  }
  std::vector<StoredWeight> found;
  for (auto& declared : *graph.mutable_initializer()) {
    const auto spec = is_streamed(declared) ? specs.find(declared.name()) : specs.end();
    if (spec != specs.end() && dtype_of(declared) == weights.dtype(spec->second->name)) {
      found.push_back({&declared, weights.place(*spec->second)});
    }
  }
  return found;
}

Result<void> point_to_stored(onnx::GraphProto& graph, const model::WeightSource& weights,
                             const LinkWeights& link) {
  const auto stored = stored_in_graph_type(graph, weights);
  std::map<const model::SafetensorsFile*, std::uint64_t> bytes;
  for (const StoredWeight& one : stored) {
    bytes[one.place.file] += streamed_bytes(*one.declared);
  }
  std::map<const model::SafetensorsFile*, std::string> names;
  for (const StoredWeight& one : stored) {
    if (bytes.at(one.place.file) * kLeastShare < one.place.file->bytes().size()) {
      continue;
    }
    if (!names.contains(one.place.file)) {
      TRY_ASSIGN(names[one.place.file], link(one.place.file->path()));
    }
    point_to(*one.declared, names.at(one.place.file), one.place.offset, streamed_bytes(*one.declared));
  }
  return {};
}

}  // namespace

Result<void> check_supported(const ExportSettings& settings) {
  if (settings.mode == GraphMode::decode && settings.logits != protocol::LogitsScope::last) {
    return fail_usage("a graph for mode '{}' gives the logits of the last position alone",
                      to_string(settings.mode));
  }
  if (settings.dialect == Dialect::fixed_cache && settings.mode != GraphMode::decode) {
    return fail_usage("the dialect '{}' is of graphs for mode '{}', not '{}'", to_string(settings.dialect),
                      to_string(GraphMode::decode), to_string(settings.mode));
  }
  if (settings.half_logits && settings.precision != Precision::fp16) {
    return fail_usage("fp16 logits come from graphs at precision fp16, not {}",
                      to_string(settings.precision));
  }
  return {};
}

Dialect best_dialect(const model::DecoderSpec& spec, const ExportSettings& wanted) {
  if (wanted.dialect == Dialect::fixed_cache && wanted.mode == GraphMode::decode) {
    return Dialect::fixed_cache;
  }
  return wanted.dialect == Dialect::fused && fuses_attention(spec, wanted) ? Dialect::fused
                                                                           : Dialect::portable;
}

Result<ExportedGraph> export_onnx(const model::WeightSource& weights, const ExportSettings& settings,
                                  const std::filesystem::path& file, const WriteSettings& writing) {
  TRY(check_supported(settings));
  model::DecoderSpec config = weights.config();
  config.layers = settings.blocks == 0 ? config.layers : std::min(config.layers, settings.blocks);
  if (settings.precision == Precision::int8) {
    TRY(check_limits(settings.quantization, config));
  }
  if (best_dialect(config, settings) != settings.dialect) {
    return fail_usage(
        "{} at {} has no graph in the dialect {}: {}", config.family->title, to_string(settings.precision),
        to_string(settings.dialect),
        settings.mode == GraphMode::decode
            ? "for steps with a cache it is for heads of a multiple of 8 (16 with rotary positions) up to 256"
            : "it is for rotary positions, RMS norms, heads of a multiple of 16 up to 256, no sliding "
              "window, and "
              "fp32, fp16 or bf16");
  }
  onnx::ModelProto model = build_decoder(config, settings);
  TRY(verify_graph(model));
  if (file.has_parent_path()) {
    TRY(make_folders(file.parent_path()));
  }
  if (writing.link) {
    TRY(point_to_stored(*model.mutable_graph(), weights, writing.link));
  }
  const std::uint64_t bytes = streamed_bytes(model.graph()) + constant_bytes(model.graph());
  const bool external = bytes + kGraphAllowanceBytes > writing.max_single_file_bytes;
  WeightStream stream(weights, largest_weight(settings.quantization.weight_bits));
  return write_model(std::move(model), file, external, std::ref(stream), writing.cache);
}

Result<void> check_limits(const Quantization& quantization, const model::DecoderSpec& spec) {
  if (quantization.form != QuantizationForm::qdq) {
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
