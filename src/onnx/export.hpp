#pragma once

#include <cstdint>
#include <filesystem>

#include "core/error.hpp"
#include "core/json.hpp"
#include "model/weights.hpp"
#include "onnx/settings.hpp"

namespace inferscale::onnx_graph {

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
Result<ExportedGraph> export_onnx(const model::WeightSource& weights, const ExportSettings& settings,
                                  const std::filesystem::path& file,
                                  std::uint64_t max_single_file_bytes = kMaxSingleFileBytes);

/// Versions of the libraries that write the file: {"inferscale": .., "onnx": .., "protobuf": ..}.
Json exporter_versions();

}  // namespace inferscale::onnx_graph
