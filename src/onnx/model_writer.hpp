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
/// Bytes of all such weights of a graph.
std::uint64_t streamed_bytes(const onnx::GraphProto& graph);

/// Takes the next bytes of a weight.
using ByteSink = std::function<Result<void>(std::span<const std::byte> bytes)>;
/// Gives the bytes of a declared weight (its name, type and dimensions) to the sink, piece by piece; called
/// once for each, in graph order.
using WeightBytes = std::function<Result<void>(const onnx::TensorProto& declared, const ByteSink& sink)>;

/// Makes a declared weight one whose bytes lie in another file (ONNX external data): `location` relative to
/// the graph's folder, `offset` and `length` in bytes.
void point_to(onnx::TensorProto& declared, const std::string& location, std::uint64_t offset,
              std::uint64_t length);

/// Serialises the model as protobuf would, but with each weight's bytes copied straight to the file: the
/// encoded sizes are known beforehand, so nothing is ever held twice. `external`: weights go to `file`.data
/// instead. A weight that points to a file stays as it is. Nothing is begun where the disk has no room for
/// all of it. Temporary files beside the target, fsync, rename: a reader sees a whole model or none. Wire
/// format: https://protobuf.dev/programming-guides/encoding/
Result<ExportedGraph> write_model(onnx::ModelProto model, const std::filesystem::path& file, bool external,
                                  const WeightBytes& weight_bytes, PageCache cache = PageCache::keep);

}  // namespace inferscale::onnx_graph
