#pragma once

#include <string_view>

namespace inferscale::model {

/// What whoever wrote a spec calls those of its fields that validate() may refuse: the names of shapes and
/// messages, unless a config.json has its own.
struct SpecNames {
  std::string_view hidden = "hidden";
  std::string_view heads = "heads";
  std::string_view kv_heads = "kv_heads";
  std::string_view head_size = "head_size";
  std::string_view epsilon = "layer_norm_epsilon";
  std::string_view rope = "rope";  ///< leads the fields of its scaling
  std::string_view rope_theta = "rope: theta";
};

}  // namespace inferscale::model
