#include "onnx/quantization.hpp"

#include <fmt/format.h>

namespace inferscale::onnx_graph {
namespace {

constexpr std::string_view kInt8Suffix = "_int8";
constexpr std::string_view kScaleSuffix = "_scale";

}  // namespace

std::string_view to_string(QuantizationForm form) {
  return form == QuantizationForm::qdq ? "qdq" : "dynamic";
}

std::optional<QuantizationForm> parse_quantization_form(std::string_view text) {
  for (const auto form : {QuantizationForm::qdq, QuantizationForm::dynamic}) {
    if (to_string(form) == text) {
      return form;
    }
  }
  return std::nullopt;
}

std::string int8_name(std::string_view weight) {
  return fmt::format("{}{}", weight, kInt8Suffix);
}

std::string scale_name(std::string_view weight) {
  return fmt::format("{}{}", weight, kScaleSuffix);
}

std::string_view quantized_weight_of(std::string_view name) {
  for (const auto suffix : {kInt8Suffix, kScaleSuffix}) {
    if (name.ends_with(suffix)) {
      return name.substr(0, name.size() - suffix.size());
    }
  }
  return {};
}

}  // namespace inferscale::onnx_graph
