#include "onnx/settings.hpp"

#include <algorithm>
#include <array>

namespace inferscale::onnx_graph {
namespace {

template <class Value>
struct Name {
  Value value;
  std::string_view text;
};
constexpr std::array<Name<Precision>, 5> kPrecisions{{{Precision::fp32, "fp32"},
                                                      {Precision::fp16, "fp16"},
                                                      {Precision::bf16, "bf16"},
                                                      {Precision::int8, "int8"},
                                                      {Precision::int4, "int4"}}};
constexpr std::array<Name<GraphMode>, 2> kGraphModes{
    {{GraphMode::prefill, "prefill"}, {GraphMode::decode, "decode"}}};
constexpr std::array<Name<Dialect>, 3> kDialects{
    {{Dialect::portable, "portable"}, {Dialect::fused, "fused"}, {Dialect::fixed_cache, "fixed_cache"}}};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  return std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.value == value; })
      ->text;
}

template <class Value, class Names>
std::optional<Value> value_of(const Names& names, std::string_view text) {
  for (const auto& name : names) {
    if (name.text == text) {
      return name.value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Precision precision) {
  return name_of(kPrecisions, precision);
}
std::string_view to_string(GraphMode mode) {
  return name_of(kGraphModes, mode);
}
std::string_view to_string(Dialect dialect) {
  return name_of(kDialects, dialect);
}
std::optional<Precision> parse_precision(std::string_view text) {
  return value_of<Precision>(kPrecisions, text);
}
std::optional<GraphMode> parse_graph_mode(std::string_view text) {
  return value_of<GraphMode>(kGraphModes, text);
}
std::optional<Dialect> parse_dialect(std::string_view text) {
  return value_of<Dialect>(kDialects, text);
}

}  // namespace inferscale::onnx_graph
