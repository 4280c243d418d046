#include "onnx/model_writer.hpp"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace inferscale {
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

/// A file under a temporary name that hashes what passes; gone unless committed.
class HashedFile {
 public:
  static Result<HashedFile> create(const std::filesystem::path& file) {
    HashedFile out;
    out.file_ = file;
    out.temporary_ = file.string() + fmt::format(".{}.tmp", ::getpid());
    out.fd_ = FileDescriptor(::open(out.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!out.fd_.valid()) {
      return fail("cannot write '{}': {}", file.string(), errno_message(errno));
    }
    return out;
  }
  HashedFile(HashedFile&&) = default;
  HashedFile& operator=(HashedFile&&) = delete;
  HashedFile(const HashedFile&) = delete;
  HashedFile& operator=(const HashedFile&) = delete;
  ~HashedFile() {
    if (fd_.valid()) {
      ::unlink(temporary_.c_str());
    }
  }

  Result<void> write(std::string_view data) {
    constexpr std::size_t kChunk = 1 << 20;  // hash and write while the bytes are in cache
    while (!data.empty()) {
      const auto chunk = data.substr(0, kChunk);
      hash_.update(chunk.data(), chunk.size());
      TRY(write_all(fd_.get(), chunk, fmt::format("'{}'", file_.string())));
      bytes_ += chunk.size();
      data.remove_prefix(chunk.size());
    }
    return {};
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// Puts what was written under its own name.
  Result<WrittenFile> commit() {
    if (::fsync(fd_.get()) != 0 || ::rename(temporary_.c_str(), file_.c_str()) != 0) {
      return fail("cannot write '{}': {}", file_.string(), errno_message(errno));
    }
    fd_.reset();
    return WrittenFile{file_, bytes_, hash_.finish()};
  }

 private:
  HashedFile() = default;
  std::filesystem::path file_, temporary_;
  FileDescriptor fd_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

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

Result<std::span<const std::byte>> checked_bytes(const onnx::TensorProto& weight,
                                                 const WeightBytes& weight_bytes) {
  TRY_ASSIGN(const std::span<const std::byte> bytes, weight_bytes(weight.name()));
  if (bytes.size() != streamed_bytes(weight)) {
    return fail("weight '{}' has {} bytes, the graph needs {}", weight.name(), bytes.size(),
                streamed_bytes(weight));
  }
  return bytes;
}

/// Writes all weights to one file and turns each into a reference to its place there.
Result<void> write_external(std::vector<onnx::TensorProto>& weights, HashedFile& out,
                            const std::string& location, const WeightBytes& weight_bytes) {
  for (auto& weight : weights) {
    TRY_ASSIGN(const std::span<const std::byte> bytes, checked_bytes(weight, weight_bytes));
    const auto padding = (kPageBytes - out.bytes() % kPageBytes) % kPageBytes;
    TRY(out.write(std::string(padding, '\0')));
    const auto offset = out.bytes();
    TRY(out.write(as_text(bytes)));
    weight.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair{"location", location},
                                     {"offset", std::to_string(offset)},
                                     {"length", std::to_string(bytes.size())}}) {
      auto& entry = *weight.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
  }
  return {};
}

}  // namespace

bool is_streamed(const onnx::TensorProto& tensor) {
  return tensor.data_type() == onnx::TensorProto::FLOAT && tensor.float_data_size() == 0 &&
         !tensor.has_raw_data();
}

std::uint64_t streamed_bytes(const onnx::TensorProto& tensor) {
  std::uint64_t elements = 1;
  for (const auto dimension : tensor.dims()) {
    elements *= static_cast<std::uint64_t>(dimension);
  }
  return elements * sizeof(float);
}

Result<ExportedGraph> write_model(onnx::ModelProto model, const std::filesystem::path& file, bool external,
                                  const WeightBytes& weight_bytes) {
  TRY_ASSIGN(HashedFile out, HashedFile::create(file));
  ExportedGraph written;
  onnx::GraphProto graph = std::move(*model.mutable_graph());
  model.clear_graph();
  auto weights = take_streamed(graph);
  if (external) {
    const auto location = file.filename().string() + ".data";
    TRY_ASSIGN(HashedFile data, HashedFile::create(file.parent_path() / location));
    TRY(write_external(weights, data, location, weight_bytes));
    TRY_ASSIGN(written.external_data, data.commit());
    for (auto& weight : weights) {
      *graph.add_initializer() = std::move(weight);
    }
    weights.clear();
  }
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
    TRY_ASSIGN(const std::span<const std::byte> bytes, checked_bytes(weights[i], weight_bytes));
    TRY(out.write(prefixes[i]));
    TRY(out.write(as_text(bytes)));
  }
  TRY_ASSIGN(written.graph, out.commit());
  return written;
}

}  // namespace inferscale
