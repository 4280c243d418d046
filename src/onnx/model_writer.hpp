#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "core/error.hpp"
#include "onnx/settings.hpp"

namespace inferscale::onnx_graph {

/// True for a weight that was declared without bytes: the writer streams them.
bool is_streamed(const onnx::TensorProto& tensor);
/// Bytes of such a weight.
std::uint64_t streamed_bytes(const onnx::TensorProto& tensor);

/// Gives the bytes of a declared weight (its name, type and dimensions); called once for each, in graph
/// order. The span must live until the next call.
using WeightBytes = std::function<Result<std::span<const std::byte>>(const onnx::TensorProto& declared)>;

/// Serialises the model as protobuf would, but with each weight's bytes copied straight to the file: the
/// encoded sizes are known beforehand, so nothing is ever held twice. `external`: weights go to `file`.data
/// instead. Temporary files beside the target, fsync, rename: a reader sees a whole model or none. Wire
/// format: https://protobuf.dev/programming-guides/encoding/
Result<ExportedGraph> write_model(onnx::ModelProto model, const std::filesystem::path& file, bool external,
                                  const WeightBytes& weight_bytes);

}  // namespace inferscale::onnx_graph
