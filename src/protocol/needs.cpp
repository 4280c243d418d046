#include "protocol/needs.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace inferscale::protocol {
namespace {

constexpr std::string_view kInt8 = "int8";

}  // namespace

std::vector<Need> needs_of(const BackendInfo& info) {
  if (!info.needs.empty()) {
    return info.needs;
  }
  Need need;
  need.format = info.artifact;
  if (info.artifact == "onnx") {
    need.precision = info.graph_precision;
    // Copying logits to the host is a good part of a GPU's pass; a CPU's runtimes would convert them anyway.
    need.logits = info.device == "cuda" && info.graph_precision == "fp16" ? "fp16" : "";
  } else if (info.artifact == "engine") {
    need.precision = info.graph_precision;
    need.from = "onnx";
  }
  return {need};
}

bool loads_a_file(const BackendInfo& info) {
  return needs_of(info).front().format != "none";
}

bool is_built(const BackendInfo& info) {
  return !needs_of(info).front().from.empty();
}

std::optional<Need> graph_of(const BackendInfo& info) {
  for (Need need : needs_of(info)) {
    if (!need.from.empty()) {
      need.format = std::exchange(need.from, {});
    }
    if (!need.precision.empty()) {
      return need;
    }
  }
  return std::nullopt;
}

bool takes_int8_graph(const BackendInfo& info) {
  const auto graph = graph_of(info);
  return graph && graph->precision == kInt8;
}

std::vector<std::string> quantization_forms_of(const BackendInfo& info) {
  if (!info.quantization_forms.empty()) {
    return info.quantization_forms;
  }
  if (info.name ==
      "onnxruntime-cpu-int8") {  // the one runtime with kernels for scales that come with a tensor
    return {"dynamic", "qdq"};
  }
  return {"qdq"};
}

std::string family_of(const BackendInfo& info) {
  return info.family.empty() ? family_of_name(info.name) : info.family;
}

BackendInfo stated(BackendInfo info, std::string family, std::vector<std::string> forms) {
  info.needs = needs_of(info);
  info.family = std::move(family);
  info.quantization_forms = std::move(forms);
  return info;
}

std::string family_of_name(const std::string& backend) {
  constexpr std::array<std::string_view, 5> kPrecisions{"-fp32", "-tf32", "-fp16", "-bf16", "-int8"};
  for (const std::string_view suffix : kPrecisions) {
    if (backend.size() > suffix.size() && backend.ends_with(suffix)) {
      return backend.substr(0, backend.size() - suffix.size());
    }
  }
  return backend;
}

}  // namespace inferscale::protocol
