#pragma once

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "version.hpp"

namespace inferscale::tensorrt {

using ParserPtr = std::unique_ptr<nvonnxparser::IParser>;

/// Reads an ONNX graph of ours into an empty network. The weights are the parser's: it must live until the
/// network is built. Outcome::load_failed names the node that TensorRT does not take.
Result<ParserPtr> parse_graph(const std::filesystem::path& file, nvinfer1::INetworkDefinition& network);

/// The inputs that are keys and values of a KV cache; none of a graph without one.
std::vector<nvinfer1::ITensor*> cache_inputs(const nvinfer1::INetworkDefinition& network);

#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
/// Asks for the logits in fp16, so that half as many bytes go to the host. Not for strongly typed networks,
/// whose outputs have the graph's types: TensorRT 10.6 refused to build one whose last cast was taken out.
void keep_logits_as(nvinfer1::INetworkDefinition& network, nvinfer1::DataType type);
#endif

}  // namespace inferscale::tensorrt
