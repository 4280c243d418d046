#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "record/plan.hpp"

namespace inferscale::analysis {

/// A file that a study used, by the .json beside it (docs/artifacts.md).
struct ArtifactFacts {
  std::string model, kind;              ///< kind: the folder, "onnx", "tensorrt", ...
  std::string backend;                  ///< of an engine; empty for what several backends load
  std::string precision, form, logits;  ///< of a graph, or of an engine's graph; form: of an int8 one
  double seconds = 0;  ///< it took to make, with the graph and the calibration that it was made from
  double bytes = 0;    ///< its own
};

/// Of the manifest's artifacts. Those whose .json is not there (an other machine's study), or says less, are
/// left out.
std::vector<ArtifactFacts> artifact_facts(const Json& manifest);

/// A backend on a model.
struct BuildOf {
  std::string backend, precision, model;
};

/// What a backend loads: an engine, or a graph; and what making it took, which is nothing for backends that
/// load a model's own files. Empty where it is not known.
struct BuildFacts {
  std::optional<double> seconds, bytes;
};

/// The plan says which logits and which form of int8 the backend's graph has; without it, the defaults.
BuildFacts build_of(const BuildOf& what, const std::vector<ArtifactFacts>& artifacts,
                    const std::optional<record::Plan>& plan);

/// "tensorrt-fp16" as "tensorrt".
std::string runtime_of(const std::string& backend);

}  // namespace inferscale::analysis
