#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/logits_scope.hpp"
#include "model/weights.hpp"
#include "onnx/quantization.hpp"

namespace inferscale {

/// In what a graph stores its weights and computes.
enum class Precision { fp32, fp16, int8 };

/// `prefill`: all tokens in one pass (the mode generate runs it too). `decode`: one token, with a KV cache.
enum class GraphMode { prefill, decode };

std::string_view to_string(Precision precision);
std::string_view to_string(GraphMode mode);
std::optional<Precision> parse_precision(std::string_view text);
std::optional<GraphMode> parse_graph_mode(std::string_view text);

/// What decides a graph's content, beside the model.
struct ExportSettings {
  Precision precision = Precision::fp32;
  GraphMode mode = GraphMode::prefill;
  LogitsScope logits = LogitsScope::all;
  Quantization quantization{};  ///< of precision int8
  /// Of the model's blocks, the first so many, under the whole model's embedding, final norm and head; 0:
  /// all.
  int blocks = 0;
  /// For calibration: the activations that an int8 graph quantises (output projection's included) are outputs
  /// too, under their names, float [batch x sequence, width].
  bool observed = false;
  /// At fp16: logits come back as fp16 too, half the bytes on their way from a GPU. Else, and for all others,
  /// as fp32.
  bool half_logits = false;
};

/// Raise it whenever the bytes of an exported file change: artifacts made by an older one are made again.
inline constexpr int kExporterVersion = 1;
inline constexpr int kOpset = 17;     ///< the first with LayerNormalization
inline constexpr int kIrVersion = 8;  ///< what opset 17 came with
/// protobuf's limit: no message may be longer than this.
inline constexpr std::uint64_t kMaxSingleFileBytes = (1ULL << 31) - 1;

/// A file as it was written, hashed on the way.
struct WrittenFile {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct ExportedGraph {
  WrittenFile graph;
  std::optional<WrittenFile> external_data;  ///< "<file>.data", when one file would have been too long
};

/// A usage error for settings that cannot be exported (yet); else nothing.
Result<void> check_supported(const ExportSettings& settings);

/// Writes the model as ONNX: opset 17, input `input_ids` int32 [batch, sequence], output `logits` float
/// [batch, sequence, vocabulary] (LogitsScope::all) or [batch, 1, vocabulary] (last); batch and sequence are
/// dynamic, sequence from 1 to the model's positions. At fp16 the weights (but LayerNorm's) and activations
/// are fp16, input and output as above; a weight that fp16 cannot hold is an error. At int8 the projections
/// are as settings.quantization says, the rest is fp32. The graph passes onnx's checker and strict shape
/// inference before anything is written. The weights go from the mapped safetensors to the file tensor by
/// tensor, so memory stays at tens of MB for any model. A graph of more than `max_single_file_bytes` keeps
/// its weights in "<file>.data" beside it (ONNX external data, which must stay beside it). The file appears
/// under its name when it is whole and on disk; after an error nothing of it stays. Errors name the file; a
/// full disk is one that says so.
Result<ExportedGraph> export_onnx(const WeightSource& weights, const ExportSettings& settings,
                                  const std::filesystem::path& file,
                                  std::uint64_t max_single_file_bytes = kMaxSingleFileBytes);

/// Versions of the libraries that write the file: {"inferscale": .., "onnx": .., "protobuf": ..}.
Json exporter_versions();

}  // namespace inferscale
