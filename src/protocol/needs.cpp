#include "protocol/needs.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {
namespace {

constexpr std::string_view kInt8 = "int8";
constexpr std::string_view kInt4 = "int4";

// Formats, which were `artifact` before there were needs.
constexpr std::string_view kNothing = "none";
constexpr std::string_view kWeights = "safetensors";
constexpr std::string_view kGraph = "onnx";
constexpr std::string_view kEngine = "engine";

std::optional<Need> graph_among(const std::vector<Need>& needs) {
  for (Need need : needs) {
    if (!need.from.empty()) {
      need.format = std::exchange(need.from, {});
    }
    if (!need.precision.empty()) {
      return need;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Need> needs_of(const BackendInfo& info) {
  if (!info.needs.empty()) {
    return info.needs;
  }
  Need need;
  need.format = info.artifact;
  if (info.artifact == kGraph) {
    need.precision = info.graph_precision;
    // Copying logits to the host is a good part of a GPU's pass; a CPU's runtimes would convert them anyway.
    const bool half = named_precision(info.graph_precision).bits == 16;
    need.logits = info.device == "cuda" && half ? info.graph_precision : "";
  } else if (info.artifact == kEngine) {
    need.precision = info.graph_precision;
    need.from = kGraph;
  }
  return {need};
}

std::vector<Need> needs_of(const BackendInfo& info, Mode mode) {
  std::vector<Need> needs = needs_of(info);
  const auto is_for = [](std::string_view name) {
    return [name](const Need& need) { return need.mode == name; };
  };
  const std::string_view own = to_string(mode);
  const bool has_own = std::any_of(needs.begin(), needs.end(), is_for(own));
  std::erase_if(needs, std::not_fn(is_for(has_own ? own : std::string_view())));
  return needs;
}

std::vector<ModeGroup> mode_groups(const BackendInfo& info, std::span<const Mode> modes) {
  std::vector<ModeGroup> groups{{{}, needs_of(info, kDefaultMode)}};
  for (const Mode mode : modes) {
    auto needs = needs_of(info, mode);
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const ModeGroup& group) { return group.needs == needs; });
    if (found == groups.end()) {
      found = groups.insert(found, {{}, std::move(needs)});
    }
    found->modes.push_back(mode);
  }
  return groups;
}

std::size_t group_of(const BackendInfo& info, std::span<const Mode> modes, Mode mode) {
  const auto groups = mode_groups(info, modes);
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const ModeGroup& group) {
    return std::find(group.modes.begin(), group.modes.end(), mode) != group.modes.end();
  });
  return found == groups.end() ? 0 : static_cast<std::size_t>(found - groups.begin());
}

bool loads_a_file(const BackendInfo& info) {
  return needs_of(info).front().format != kNothing;
}

bool loads_the_weights(const BackendInfo& info) {
  return needs_of(info).front().format == kWeights;
}

bool is_built(const BackendInfo& info) {
  return !needs_of(info).front().from.empty();
}

std::optional<Need> graph_of(const BackendInfo& info) {
  return graph_among(needs_of(info));
}

std::optional<Need> graph_of(const BackendInfo& info, Mode mode) {
  return graph_among(needs_of(info, mode));
}

bool takes_int8_graph(const BackendInfo& info) {
  const auto graph = graph_of(info);
  return graph && graph->precision == kInt8;
}

bool takes_int4_graph(const BackendInfo& info) {
  const auto graph = graph_of(info);
  return graph && graph->precision == kInt4;
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

PrecisionFacts precision_of(const BackendInfo& info) {
  return info.precision_facts.value_or(named_precision(info.precision));
}

BackendInfo stated(BackendInfo info, std::string family, std::vector<std::string> forms) {
  info.needs = needs_of(info);
  info.family = std::move(family);
  info.quantization_forms = std::move(forms);
  info.precision_facts = precision_of(info);
  return info;
}

BackendInfo with_cached_graph(BackendInfo info, const std::string& dialect) {
  for (const ModeDescriptor* mode : modes()) {
    if (mode->cached()) {
      Need need = needs_of(info).front();
      need.mode = mode->name;
      need.dialect = dialect;
      info.needs.push_back(std::move(need));
    }
  }
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
