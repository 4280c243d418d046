#include "onnx/quantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace inferscale::onnx_graph {
namespace {

/// Behind the name of a weight.
struct Suffix {
  QuantizedPart part;
  std::string_view text;
};
constexpr std::array<Suffix, 5> kSuffixes{{{QuantizedPart::int8, "_int8"},
                                           {QuantizedPart::int4_scales, "_int4_scale"},
                                           {QuantizedPart::int4_zero_points, "_int4_zero_point"},
                                           {QuantizedPart::scales, "_scale"},
                                           {QuantizedPart::int4, "_int4"}}};

std::string name_of(std::string_view weight, QuantizedPart part) {
  const auto suffix =
      std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const Suffix& one) { return one.part == part; });
  return fmt::format("{}{}", weight, suffix->text);
}

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
  return name_of(weight, QuantizedPart::int8);
}

std::string scale_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::scales);
}

std::string int4_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::int4);
}

std::string int4_scales_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::int4_scales);
}

std::string int4_zero_points_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::int4_zero_points);
}

std::optional<QuantizedName> quantized_weight_of(std::string_view name) {
  for (const Suffix& suffix : kSuffixes) {  // "_int4_scale" comes before "_scale"
    if (name.ends_with(suffix.text)) {
      return QuantizedName{name.substr(0, name.size() - suffix.text.size()), suffix.part};
    }
  }
  return std::nullopt;
}

}  // namespace inferscale::onnx_graph
