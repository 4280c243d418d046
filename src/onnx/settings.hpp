#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "onnx/quantization.hpp"
#include "protocol/logits_scope.hpp"

namespace inferscale::onnx_graph {

/// In what a graph stores its weights and computes.
/// int4: weights of the projections in 4 bits, the rest fp32.
enum class Precision { fp32, fp16, bf16, int8, int4 };
/// Whether the projections' weights are integers.
constexpr bool quantises(Precision precision) {
  return precision == Precision::int8 || precision == Precision::int4;
}

/// `prefill`: all tokens in one pass (the mode generate runs it too). `decode`: the tokens behind those whose
/// keys and values come in as a cache, which goes out longer; and the choice of the next token.
enum class GraphMode { prefill, decode };

/// The form of a graph. `portable`: operators of opset 17 alone. `fused`: with operators of ONNX Runtime's
/// own (fused_operators.hpp), which its CUDA provider runs faster, and which write a cache in place.
/// `fixed_cache`: operators of opset 17 alone, for runtimes that build an engine: the cache goes out as long
/// as it came in, so that both can be one memory.
enum class Dialect { portable, fused, fixed_cache };

std::string_view to_string(Precision precision);
std::string_view to_string(GraphMode mode);
std::string_view to_string(Dialect dialect);
std::optional<Precision> parse_precision(std::string_view text);
std::optional<GraphMode> parse_graph_mode(std::string_view text);
std::optional<Dialect> parse_dialect(std::string_view text);

/// What decides a graph's content, beside the model.
struct ExportSettings {
  Precision precision = Precision::fp32;
  GraphMode mode = GraphMode::prefill;
  protocol::LogitsScope logits = protocol::LogitsScope::all;
  Quantization quantization{};  ///< of precision int8; of int4 its `head` alone
  /// Of the model's blocks, the first so many, under the whole model's embedding, final norm and head; 0:
  /// all.
  int blocks = 0;
  /// For calibration: the activations that an int8 graph quantises (output projection's included) are outputs
  /// too, under their names, float [batch x sequence, width].
  bool observed = false;
  /// At fp16: logits come back as fp16 too, half the bytes on their way from a GPU. Else, and for all others,
  /// as fp32.
  bool half_logits = false;
  Dialect dialect = Dialect::portable;
};

/// Raise it whenever the bytes of an exported file change: artifacts made by an older one are made again.
inline constexpr int kExporterVersion = 2;
/// The same of graphs of the dialect fixed_cache, which have both.
inline constexpr int kFixedCacheVersion = 2;
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

/// Gives a file of the model's weights a name in the graph's folder, and returns that name; called once for
/// each file that holds a weight in the graph's own type. The graph reads such weights from there.
using LinkWeights = std::function<Result<std::string>(const std::filesystem::path& file)>;

/// How the files of a graph are written.
struct WriteSettings {
  std::uint64_t max_single_file_bytes = kMaxSingleFileBytes;
  LinkWeights link{};
  PageCache cache = PageCache::keep;
};

}  // namespace inferscale::onnx_graph
