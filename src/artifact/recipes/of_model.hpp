#pragma once

#include "core/json.hpp"
#include "graph/export.hpp"
#include "model/model.hpp"

// What the recipes say of a model in keys and .json files.

namespace inferscale::artifact {

/// The shape alone: the same shape under another name has the same weights and graph.
inline Json shape_of(const model::Model& model) {
  Json config = to_json(model.config);
  config.erase("name");
  return config;
}

inline Json details_of(const model::Model& model) {
  return Json{{"model", model.name},
              {"parameters", parameter_count(model.config)},
              {"layers", model.config.layers},
              {"versions", graph::exporter_versions()}};
}

}  // namespace inferscale::artifact
