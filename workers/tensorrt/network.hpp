#pragma once

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <filesystem>
#include <memory>

#include "core/error.hpp"

namespace inferscale::tensorrt {

using ParserPtr = std::unique_ptr<nvonnxparser::IParser>;

/// Reads an ONNX graph of ours into an empty network. The weights are the parser's: it must live until the
/// network is built. Outcome::load_failed names the node that TensorRT does not take.
Result<ParserPtr> parse_graph(const std::filesystem::path& file, nvinfer1::INetworkDefinition& network);

/// Gives the logits back in the type they were computed in: takes out the cast to fp32 at the graph's end
/// (strongly typed networks), or asks for fp16 (the others), so that half as many bytes go to the host.
/// Leaves a network as it is that computes them in fp32.
Result<void> keep_logits_half(nvinfer1::INetworkDefinition& network, bool strongly_typed);

}  // namespace inferscale::tensorrt
