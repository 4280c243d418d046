#include "cached_graph.hpp"

#include <algorithm>
#include <string_view>

namespace inferscale::onnxruntime {
namespace {

constexpr std::string_view kPast = "past_key_values.";
constexpr std::string_view kPresent = "present.";
constexpr std::string_view kLastPlace = "last_place";

std::size_t bytes_of(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return 4;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
      return 2;
    default:
      return 0;
  }
}

std::vector<std::string> input_names(const Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  std::vector<std::string> names;
  for (std::size_t input = 0; input < session.GetInputCount(); ++input) {
    names.emplace_back(session.GetInputNameAllocated(input, allocator).get());
  }
  return names;
}

}  // namespace

bool takes_a_cache(const Ort::Session& session) {
  const auto names = input_names(session);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.starts_with(kPast); });
}

Result<CachedGraph> read_cached_graph(const Ort::Session& session) {
  CachedGraph graph;
  const auto names = input_names(session);
  for (std::size_t input = 0; input < names.size(); ++input) {
    graph.in_place = graph.in_place || names[input] == kLastPlace;
    if (!names[input].starts_with(kPast)) {
      continue;
    }
    graph.tensors.push_back({names[input], std::string(kPresent) + names[input].substr(kPast.size())});
    const auto info = session.GetInputTypeInfo(input);
    const auto tensor = info.GetTensorTypeAndShapeInfo();
    const auto shape = tensor.GetShape();
    graph.type = tensor.GetElementType();
    graph.element_bytes = bytes_of(graph.type);
    if (shape.size() != 4 || shape[1] < 1 || shape[3] < 1 || graph.element_bytes == 0) {
      return fail_as(Outcome::load_failed,
                     "the graph's input '{}' is no cache of floats [batch, heads, tokens, head size]",
                     names[input]);
    }
    graph.kv_heads = shape[1];
    graph.head_size = shape[3];
  }
  return graph;
}

}  // namespace inferscale::onnxruntime
