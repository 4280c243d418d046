#include "layer_summary.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace inferscale::tensorrt {
namespace {

/// In lower case; the longer words first, for "int8" lies in none of them but "fp8" must not match "bf8".
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kWords{{
    {"bfloat16", "bf16"},
    {"bf16", "bf16"},
    {"fp16", "fp16"},
    {"half", "fp16"},
    {"fp32", "fp32"},
    {"float", "fp32"},
    {"int8", "int8"},
    {"int4", "int4"},
    {"fp8", "fp8"},
    {"int32", "int32"},
    {"int64", "int64"},
    {"bool", "bool"},
}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// The precisions of a layer's "Inputs" or "Outputs".
std::vector<std::string> precisions(const Json& layer, const char* side) {
  std::vector<std::string> found;
  const auto tensors = layer.find(side);
  if (tensors == layer.end() || !tensors->is_array()) {
    return found;
  }
  for (const Json& tensor : *tensors) {
    const auto format = tensor.is_object() ? tensor.find("Format/Datatype") : tensor.end();
    if (tensor.is_object() && format != tensor.end() && format->is_string()) {
      found.push_back(precision_of_format(format->get<std::string>()));
    }
  }
  return found;
}

}  // namespace

std::string precision_of_format(std::string_view format) {
  const std::string text = lower(format);
  for (const auto& [word, precision] : kWords) {
    if (text.find(word) != std::string::npos) {
      return std::string(precision);
    }
  }
  return "other";
}

Result<LayerSummary> summarize_layers(std::string_view inspector_json) {
  // The inspector repeats keys in some layers; a reader that takes the last of them is what it expects.
  const Json parsed = Json::parse(inspector_json, nullptr, false);
  const auto layers = parsed.is_object() ? parsed.find("Layers") : parsed.end();
  if (!parsed.is_object() || layers == parsed.end() || !layers->is_array()) {
    return fail("the engine inspector's text is not a JSON object with a list 'Layers'");
  }
  LayerSummary summary;
  for (const Json& layer : *layers) {
    ++summary.layers;
    if (!layer.is_object()) {
      ++summary.by_precision["unknown"];
      continue;
    }
    const auto outputs = precisions(layer, "Outputs");
    ++summary.by_precision[outputs.empty() ? "unknown" : outputs.front()];
    const auto inputs = precisions(layer, "Inputs");
    if (std::find(inputs.begin(), inputs.end(), "int8") != inputs.end()) {
      const auto name = layer.find("Name");
      summary.int8_layers.push_back(name != layer.end() && name->is_string() ? name->get<std::string>()
                                                                             : "without a name");
    }
  }
  return summary;
}

Json to_json(const LayerSummary& summary) {
  Json json = Json::object();
  json["layers"] = summary.layers;
  json["layers_by_precision"] = summary.by_precision;
  json["int8_layers"] = summary.int8_layers;
  return json;
}

}  // namespace inferscale::tensorrt
