#include "onnx/quantization.hpp"

#include <cmath>

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

std::vector<std::string> quantized_activations(const model::DecoderSpec& config, bool head) {
  std::vector<std::string> names;
  for (int layer = 0; layer < config.layers; ++layer) {
    for (const char* name : {"ln_1", "attn/joined", "ln_2", "mlp/gelu"}) {
      names.push_back(fmt::format("h.{}.{}", layer, name));
    }
  }
  if (head) {
    names.emplace_back("ln_f");
  }
  return names;
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

int output_axis(std::string_view weight) {
  return weight == "wte.weight" ? 0 : 1;
}

Result<void> check_limits(const Quantization& quantization, const model::DecoderSpec& config) {
  if (quantization.form == QuantizationForm::dynamic) {
    return {};
  }
  for (const auto& name : quantized_activations(config, quantization.head)) {
    const auto limit = quantization.limits.find(name);
    if (limit == quantization.limits.end()) {
      return fail("the int8 graph needs a calibrated limit for the activation '{}', and there is none", name);
    }
    if (!std::isfinite(limit->second) || limit->second <= 0) {
      return fail("the calibrated limit of the activation '{}' is {}, not a finite number above 0", name,
                  limit->second);
    }
  }
  return {};
}

}  // namespace inferscale::onnx_graph
