#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "model/weights.hpp"
#include "onnx/settings.hpp"

namespace inferscale::graph {

/// A usage error for settings that cannot be exported (yet); else nothing.
Result<void> check_supported(const onnx_graph::ExportSettings& settings);

/// The dialect of `wanted` where such a graph of the model can have it; else portable.
onnx_graph::Dialect best_dialect(const model::DecoderSpec& spec, const onnx_graph::ExportSettings& wanted);

/// The activations that an int8 graph quantises, in order, by their names in the graph: the inputs of each
/// block's projections, and of the output projection when `head`.
std::vector<std::string> quantized_activations(const model::DecoderSpec& spec, bool head);

/// An error that names the activation without a limit, or whose limit is not a finite number above 0.
Result<void> check_limits(const onnx_graph::Quantization& quantization, const model::DecoderSpec& spec);

/// Writes the model as ONNX: opset 17, input `input_ids` int32 [batch, sequence], output `logits` float
/// [batch, sequence, vocabulary] (LogitsScope::all) or [batch, 1, vocabulary] (last); batch and sequence are
/// dynamic, sequence from 1 to the model's positions. At fp16 the weights (but LayerNorm's) and activations
/// are fp16, input and output as above; a weight that fp16 cannot hold is an error; the same at bf16. At int8
/// the projections are as settings.quantization says, at int4 products of weights of 4 bits in blocks
/// (block_linear.hpp); the rest is fp32. The graph passes onnx's checker and strict shape inference before
/// anything is written. The weights go from the mapped safetensors to the file tensor by tensor, so memory
/// stays at tens of MB for any model; of quantised matrices in the layout [in, out] one is held at a time. A
/// graph of more than `max_single_file_bytes` keeps its weights in "<file>.data" beside it (ONNX external
/// data, which must stay beside it). With `link`, weights that are stored in the graph's own type are not
/// written: the graph points to the names that it gives to their files. The file appears under its name when
/// it is whole and on disk; after an error nothing of it stays. Errors name the file; a full disk is one that
/// says so.
Result<onnx_graph::ExportedGraph> export_onnx(const model::WeightSource& weights,
                                              const onnx_graph::ExportSettings& settings,
                                              const std::filesystem::path& file,
                                              const onnx_graph::WriteSettings& writing = {});

/// Versions of the libraries that write the file: {"inferscale": .., "onnx": .., "protobuf": ..}.
Json exporter_versions();

}  // namespace inferscale::graph

namespace inferscale::onnx_graph {
using graph::quantized_activations;
}
