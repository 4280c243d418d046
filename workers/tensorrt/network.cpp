#include "network.hpp"

#include <string_view>

#include "logger.hpp"
#include "version.hpp"

namespace inferscale::tensorrt {
namespace {

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
  const bool cached = !cache_inputs(network).empty();
  if (!cached && (network.getNbInputs() != 1 || network.getNbOutputs() != 1)) {
    return fail_as(Outcome::load_failed, "{}: the graph must have one input and one output, or a KV cache",
                   file.string());
  }
  return parser;
}

std::vector<nvinfer1::ITensor*> cache_inputs(const nvinfer1::INetworkDefinition& network) {
  std::vector<nvinfer1::ITensor*> found;
  for (std::int32_t i = 0; i < network.getNbInputs(); ++i) {
    nvinfer1::ITensor* input = network.getInput(i);
    if (std::string_view(input->getName()).starts_with("past_key_values.")) {
      found.push_back(input);
    }
  }
  return found;
}

#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
void keep_logits_as(nvinfer1::INetworkDefinition& network, nvinfer1::DataType type) {
  network.getOutput(0)->setType(type);
}
#endif

}  // namespace inferscale::tensorrt
