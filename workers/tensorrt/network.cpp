#include "network.hpp"

#include "logger.hpp"
#include "version.hpp"

namespace inferscale::tensorrt {
namespace {

/// The layer that makes a tensor; none for a network's input.
nvinfer1::ILayer* maker_of(nvinfer1::INetworkDefinition& network, const nvinfer1::ITensor* tensor) {
  for (std::int32_t i = 0; i < network.getNbLayers(); ++i) {
    nvinfer1::ILayer* layer = network.getLayer(i);
    for (std::int32_t output = 0; output < layer->getNbOutputs(); ++output) {
      if (layer->getOutput(output) == tensor) {
        return layer;
      }
    }
  }
  return nullptr;
}

std::string parser_errors(const nvonnxparser::IParser& parser) {
  std::string text;
  for (std::int32_t i = 0; i < parser.getNbErrors(); ++i) {
    const auto* error = parser.getError(i);
    text += fmt::format("{}{} (node {}: {})", text.empty() ? "" : "; ", error->desc(), error->node(),
                        error->nodeName());
  }
  return text;
}

}  // namespace

Result<ParserPtr> parse_graph(const std::filesystem::path& file, nvinfer1::INetworkDefinition& network) {
  logger().begin();
  ParserPtr parser(nvonnxparser::createParser(network, logger()));
  if (parser == nullptr) {
    return tl::unexpected(logger().error("making its ONNX parser", Outcome::load_failed));
  }
  const auto verbosity = static_cast<int>(nvinfer1::ILogger::Severity::kWARNING);
  if (!parser->parseFromFile(file.c_str(), verbosity)) {
    return fail_as(Outcome::load_failed, "TensorRT does not take the graph '{}': {}", file.string(),
                   parser_errors(*parser));
  }
  if (network.getNbInputs() != 1 || network.getNbOutputs() != 1) {
    return fail_as(Outcome::load_failed, "{}: the graph must have one input and one output", file.string());
  }
  return parser;
}

Result<void> keep_logits_half(nvinfer1::INetworkDefinition& network, bool strongly_typed) {
  nvinfer1::ITensor* logits = network.getOutput(0);
#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
  if (!strongly_typed) {
    logits->setType(nvinfer1::DataType::kHALF);
    return {};
  }
#else
  static_cast<void>(strongly_typed);
#endif
  // ... -> product in fp16 -> Cast to fp32 -> Reshape -> logits
  nvinfer1::ILayer* reshape = maker_of(network, logits);
  if (reshape == nullptr || reshape->getType() != nvinfer1::LayerType::kSHUFFLE) {
    return {};
  }
  nvinfer1::ILayer* cast = maker_of(network, reshape->getInput(0));
  if (cast == nullptr || cast->getType() != nvinfer1::LayerType::kCAST ||
      cast->getInput(0)->getType() != nvinfer1::DataType::kHALF) {
    return {};
  }
  reshape->setInput(0, *cast->getInput(0));
  logits->setType(nvinfer1::DataType::kHALF);  // the parser had marked it as fp32
  return {};
}

}  // namespace inferscale::tensorrt
