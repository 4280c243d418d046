#include "network.hpp"

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
  if (network.getNbInputs() != 1 || network.getNbOutputs() != 1) {
    return fail_as(Outcome::load_failed, "{}: the graph must have one input and one output", file.string());
  }
  return parser;
}

#if INFERSCALE_TENSORRT_CHOOSES_PRECISIONS
void keep_logits_as(nvinfer1::INetworkDefinition& network, nvinfer1::DataType type) {
  network.getOutput(0)->setType(type);
}
#endif

}  // namespace inferscale::tensorrt
