#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::tensorrt {

/// What an engine is made of, as TensorRT's engine inspector tells it.
struct LayerSummary {
  int layers = 0;
  std::map<std::string, int> by_precision;  ///< "fp16": how many layers write it (their first output)
  std::vector<std::string> int8_layers;     ///< that read int8: what quantisation really changed
};

/// "Row major linear FP16 format" -> "fp16"; "other" for what it does not know.
std::string precision_of_format(std::string_view format);

/// From the inspector's JSON at ProfilingVerbosity::kDETAILED. Layers that are names only (the inspector's
/// short form) count as "unknown".
Result<LayerSummary> summarize_layers(std::string_view inspector_json);

Json to_json(const LayerSummary& summary);

}  // namespace inferscale::tensorrt
