#include "onnx/model_writer.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <optional>
#include <system_error>
#include <vector>

#include "core/disk_space.hpp"
#include "onnx/hashed_file.hpp"

namespace inferscale::onnx_graph {
namespace {

using google::protobuf::io::CodedOutputStream;

// Field tags of onnx.proto: (field number << 3) | 2 (length-delimited).
constexpr std::uint8_t kModelGraphTag = (7 << 3) | 2;
constexpr std::uint8_t kGraphInitializerTag = (5 << 3) | 2;
constexpr std::uint8_t kTensorRawDataTag = (9 << 3) | 2;
constexpr std::uint64_t kPageBytes = 4096;  // external tensors are aligned so that runtimes can map them

std::string varint(std::uint64_t value) {
  std::string bytes(10, '\0');
  auto* begin = reinterpret_cast<std::uint8_t*>(bytes.data());
  const auto* end = CodedOutputStream::WriteVarint64ToArray(value, begin);
  bytes.resize(static_cast<std::size_t>(end - begin));
  return bytes;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The encoded TensorProto of a weight, up to where its bytes begin.
std::string initializer_prefix(const onnx::TensorProto& weight) {
  const auto raw = streamed_bytes(weight);
  const std::string header = weight.SerializeAsString() + static_cast<char>(kTensorRawDataTag) + varint(raw);
  return static_cast<char>(kGraphInitializerTag) + varint(header.size() + raw) + header;
}

std::vector<onnx::TensorProto> take_streamed(onnx::GraphProto& graph) {
  std::vector<onnx::TensorProto> weights;
  google::protobuf::RepeatedPtrField<onnx::TensorProto> small;
  for (auto& tensor : *graph.mutable_initializer()) {
    if (is_streamed(tensor)) {
      weights.push_back(std::move(tensor));
    } else {
      *small.Add() = std::move(tensor);
    }
  }
  graph.mutable_initializer()->Swap(&small);
  return weights;
}

Result<void> write_weight(const onnx::TensorProto& weight, HashedFile& out, const WeightBytes& weight_bytes) {
  std::uint64_t written = 0;
  TRY(weight_bytes(weight, [&](std::span<const std::byte> bytes) {
    written += bytes.size();
    return out.write(as_text(bytes));
  }));
  if (written != streamed_bytes(weight)) {
    return fail("weight '{}' has {} bytes, the graph needs {}", weight.name(), written,
                streamed_bytes(weight));
  }
  return {};
}

/// Writes all weights to one file and turns each into a reference to its place there.
Result<void> write_external(std::vector<onnx::TensorProto>& weights, HashedFile& out,
                            const std::string& location, const WeightBytes& weight_bytes) {
  for (auto& weight : weights) {
    const auto padding = (kPageBytes - out.bytes() % kPageBytes) % kPageBytes;
    TRY(out.write(std::string(padding, '\0')));
    const auto offset = out.bytes();
    TRY(write_weight(weight, out, weight_bytes));
    point_to(weight, location, offset, streamed_bytes(weight));
  }
  return {};
}

/// The model message, field by field: its own fields, then the graph, whose last fields are the weights.
Result<void> write_graph(const onnx::ModelProto& model, const onnx::GraphProto& graph,
                         const std::vector<onnx::TensorProto>& weights, HashedFile& out,
                         const WeightBytes& weight_bytes) {
  std::vector<std::string> prefixes;
  std::uint64_t graph_bytes = graph.ByteSizeLong();
  for (const auto& weight : weights) {
    prefixes.push_back(initializer_prefix(weight));
    graph_bytes += prefixes.back().size() + streamed_bytes(weight);
  }
  TRY(out.write(model.SerializeAsString()));
  TRY(out.write(static_cast<char>(kModelGraphTag) + varint(graph_bytes)));
  TRY(out.write(graph.SerializeAsString()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    TRY(out.write(prefixes[i]));
    TRY(write_weight(weights[i], out, weight_bytes));
  }
  return {};
}

/// Puts both files under their names, or neither. Two renames are not one step, so an older graph goes first:
/// at no moment does a graph lie beside weights that are not its own.
Result<ExportedGraph> publish(HashedFile& out, std::optional<HashedFile>& data) {
  ExportedGraph written;
  TRY_ASSIGN(written.graph, out.finish());
  if (!data) {
    TRY(out.publish());
    return written;
  }
  TRY_ASSIGN(written.external_data, data->finish());
  std::error_code ignored;
  std::filesystem::remove(written.graph.file, ignored);
  TRY(data->publish());
  if (auto named = out.publish(); !named) {
    std::filesystem::remove(written.external_data->file, ignored);
    return tl::unexpected(std::move(named).error());
  }
  return written;
}

}  // namespace

bool is_streamed(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    return false;
  }
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      return tensor.float_data_size() == 0 && !tensor.has_raw_data();
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
      return tensor.int32_data_size() == 0 && !tensor.has_raw_data();
    default:
      return false;
  }
}

std::uint64_t streamed_bytes(const onnx::TensorProto& tensor) {
  std::uint64_t elements = 1;
  for (const auto dimension : tensor.dims()) {
    elements *= static_cast<std::uint64_t>(dimension);
  }
  switch (tensor.data_type()) {
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
      return elements;
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
      return elements * 2;
    default:
      return elements * sizeof(float);
  }
}

std::uint64_t streamed_bytes(const onnx::GraphProto& graph) {
  std::uint64_t bytes = 0;
  for (const auto& tensor : graph.initializer()) {
    bytes += is_streamed(tensor) ? streamed_bytes(tensor) : 0;
  }
  return bytes;
}

void point_to(onnx::TensorProto& declared, const std::string& location, std::uint64_t offset,
              std::uint64_t length) {
  declared.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", location},
                                   {"offset", std::to_string(offset)},
                                   {"length", std::to_string(length)}}) {
    auto& entry = *declared.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
}

Result<ExportedGraph> write_model(onnx::ModelProto model, const std::filesystem::path& file, bool external,
                                  const WeightBytes& weight_bytes, PageCache cache) {
  TRY(check_room(file, streamed_bytes(model.graph())));
  TRY_ASSIGN(HashedFile out, HashedFile::create(file, cache));
  std::optional<HashedFile> data;
  onnx::GraphProto graph = std::move(*model.mutable_graph());
  model.clear_graph();
  auto weights = take_streamed(graph);
  if (external) {
    const auto location = file.filename().string() + ".data";
    TRY_ASSIGN(HashedFile created, HashedFile::create(file.parent_path() / location, cache));
    data.emplace(std::move(created));
    TRY(write_external(weights, *data, location, weight_bytes));
    for (auto& weight : weights) {
      *graph.add_initializer() = std::move(weight);
    }
    weights.clear();
  }
  TRY(write_graph(model, graph, weights, out, weight_bytes));
  return publish(out, data);
}

}  // namespace inferscale::onnx_graph
