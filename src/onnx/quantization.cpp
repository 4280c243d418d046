#include "onnx/quantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace inferscale::onnx_graph {
namespace {

constexpr std::array<std::string_view, 3> kForms{"qdq", "dynamic", "blocks"};  // as QuantizationForm has them

/// Behind the name of a weight.
struct Suffix {
  QuantizedPart part;
  std::string_view text;
};
constexpr std::array<Suffix, 7> kSuffixes{{{QuantizedPart::int8, "_int8"},
                                           {QuantizedPart::int8_block_scales, "_int8_block_scale"},
                                           {QuantizedPart::int8_blocks, "_int8_blocks"},
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
  return kForms.at(static_cast<std::size_t>(form));
}

std::optional<QuantizationForm> parse_quantization_form(std::string_view text) {
  const auto* const found = std::find(kForms.begin(), kForms.end(), text);
  return found == kForms.end()
             ? std::nullopt
             : std::optional(static_cast<QuantizationForm>(std::distance(kForms.begin(), found)));
}

std::string int8_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::int8);
}

std::string scale_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::scales);
}

std::string block_values_name(std::string_view weight, int bits) {
  return name_of(weight, bits == kInt4Bits ? QuantizedPart::int4 : QuantizedPart::int8_blocks);
}

std::string block_scales_name(std::string_view weight, int bits) {
  return name_of(weight, bits == kInt4Bits ? QuantizedPart::int4_scales : QuantizedPart::int8_block_scales);
}

std::string int4_zero_points_name(std::string_view weight) {
  return name_of(weight, QuantizedPart::int4_zero_points);
}

std::optional<QuantizedName> quantized_weight_of(std::string_view name) {
  for (const Suffix& suffix : kSuffixes) {  // "_int4_scale" and "_int8_block_scale" come before "_scale"
    if (name.ends_with(suffix.text)) {
      return QuantizedName{name.substr(0, name.size() - suffix.text.size()), suffix.part};
    }
  }
  return std::nullopt;
}

}  // namespace inferscale::onnx_graph
