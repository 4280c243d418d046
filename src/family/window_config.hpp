#pragma once

#include <string>

#include "core/json.hpp"
#include "model/spec.hpp"

namespace inferscale::family {

/// The sliding windows of a Qwen's config.json: `use_sliding_window`, `sliding_window`, `max_window_layers`
/// (from this layer on) and `layer_types`, which wins. A window as long as the model's positions is none.
/// Needs the spec's layers and positions.
Result<model::Window> read_qwen_window(const Json& config, const model::DecoderSpec& spec,
                                       const std::string& place);

/// An error where `layer_types` has a layer that is not "full_attention".
Result<void> check_no_sliding_layers(const Json& config, int layers, const std::string& place);

/// Every layer's, or none where it cuts nothing.
model::Window window_everywhere(int size, int positions);

}  // namespace inferscale::family
