#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "model/spec.hpp"
#include "protocol/measurement.hpp"

namespace inferscale::record {

/// A file that a worker loaded.
struct UsedFile {
  std::string path;  ///< relative to the artifact store; as it is for a file outside the store
  std::string sha256;
};

/// What a backend loaded for a model in a mode, and what making these files took. A figure that nobody knows
/// is absent.
struct ArtifactUse {
  std::string model, backend;
  std::string family;  ///< of the backend: what its other precisions have too
  protocol::Mode mode = protocol::kDefaultMode;
  std::vector<UsedFile> files;               ///< empty for a backend that makes its own weights
  std::string precision, form;               ///< of the graph: "int8", "qdq"; empty without one
  std::optional<int> weight_bits;            ///< of an int8 graph
  std::string dialect;                       ///< of the graph; empty where it is not known
  std::optional<double> seconds;             ///< to make all of them but the weights: 0 where that is nothing
  std::optional<double> bytes;               ///< of what the runtime loads: the engine, else the graph
  std::optional<double> calibration_s;       ///< of `seconds`, those of the calibration
  std::optional<double> build_s;             ///< that the worker took to build the engine
  std::optional<double> gpu_memory_peak_mb;  ///< of that build
  std::optional<int> layers, int8_layers, profiles;  ///< of the engine
};

/// A model's shape as it was measured: a folder model's name does not tell it.
struct UsedModel {
  std::string name;
  std::int64_t parameters = 0;
  model::DecoderSpec config;
};

/// `uses` and `models` of manifest.json.
struct StudyUses {
  std::vector<ArtifactUse> uses;
  std::vector<UsedModel> models;
};

Json to_json(const ArtifactUse& use);
Json to_json(const UsedModel& model);

/// Of a manifest, or of null. An entry that this version does not understand is left out: other versions
/// write manifests too. Empty for a study from before manifests had them.
StudyUses uses_of(const Json& manifest);

/// `later` in front of `earlier`: of each (model, backend, mode) and of each model, one entry.
StudyUses merge(StudyUses later, const StudyUses& earlier);

}  // namespace inferscale::record
