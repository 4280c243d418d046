#include "family/window_config.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "family/config_fields.hpp"
#include "model/safetensors.hpp"

namespace inferscale::family {
namespace {

using namespace model;

/// Layers that layer_types calls "sliding_attention"; nothing where it is absent.
Result<std::optional<std::vector<int>>> sliding_layers(const Json& config, int layers,
                                                       const std::string& place) {
  const Json* types = field_of(config, "layer_types");
  if (types == nullptr) {
    return std::nullopt;
  }
  if (!types->is_array() || types->size() != static_cast<std::size_t>(layers)) {
    return fail("{}: layer_types must be a list of {} names, one a layer", place, layers);
  }
  std::vector<int> sliding;
  for (int layer = 0; layer < layers; ++layer) {
    const Json& type = (*types)[static_cast<std::size_t>(layer)];
    if (type == Json("sliding_attention")) {
      sliding.push_back(layer);
    } else if (type != Json("full_attention")) {
      return fail("{}: layer_types has {}, but only full_attention and sliding_attention are supported",
                  place, printable(to_line(type)));
    }
  }
  return sliding;
}

}  // namespace

Window window_everywhere(int size, int positions) {
  return size < positions ? Window{size, {}} : Window{};
}

Result<void> check_no_sliding_layers(const Json& config, int layers, const std::string& place) {
  TRY_ASSIGN(const auto sliding, sliding_layers(config, layers, place));
  if (sliding && !sliding->empty()) {
    return fail("{}: layer_types has sliding_attention, which this family does not have layer by layer",
                place);
  }
  return {};
}

Result<Window> read_qwen_window(const Json& config, const DecoderSpec& spec, const std::string& place) {
  bool used = false;
  int size = 4096;  // transformers' where the field is absent
  int first = 28;
  TRY(read_switch(config, "use_sliding_window", used, place));
  TRY_ASSIGN(auto layers, sliding_layers(config, spec.layers, place));
  if (used && config.contains("sliding_window")) {
    TRY(read_size(config, {"sliding_window"}, true, size, place));
  }
  if (!layers) {
    if (field_of(config, "max_window_layers") != nullptr) {
      FieldReader fields(config, place);
      TRY(fields.read("max_window_layers", first));
    }
    first = std::clamp(first, 0, spec.layers);
    layers.emplace(static_cast<std::size_t>(used ? spec.layers - first : 0));
    std::iota(layers->begin(), layers->end(), first);
  }
  if (layers->empty() || (used && size >= spec.positions)) {
    return Window{};
  }
  if (!used) {
    return fail(
        "{}: layer_types has sliding_attention, but use_sliding_window is false, so no window is known",
        place);
  }
  if (layers->size() == static_cast<std::size_t>(spec.layers)) {
    layers->clear();
  }
  return Window{size, *layers};
}

}  // namespace inferscale::family
