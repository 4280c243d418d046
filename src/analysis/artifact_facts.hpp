#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "record/plan.hpp"

namespace inferscale::analysis {

/// A file that a study used, by the .json beside it (docs/reference/artifacts.md).
struct ArtifactFacts {
  std::string model, kind;              ///< kind: the folder, "onnx", "tensorrt", ...
  std::string backend;                  ///< of an engine; empty for what several backends load
  std::string precision, form, logits;  ///< of a graph, or of an engine's graph; form: of an int8 one
  double seconds = 0;  ///< it took to make, with the graph and the calibration that it was made from
  double bytes = 0;    ///< its own
};

/// A backend on a model; in any mode unless one is given.
struct BuildOf {
  std::string backend, precision, model;
  std::optional<protocol::Mode> mode = std::nullopt;
};

/// What a backend loads: an engine, or a graph; and what making it took, which is nothing for backends that
/// load a model's own files. Empty where it is not known.
struct BuildFacts {
  std::optional<double> seconds, bytes;
};

struct KnownBuild {
  std::string model, backend;
  protocol::Mode mode = protocol::kDefaultMode;
  BuildFacts build;
};

/// All that a results folder knows of builds.
struct StudyBuilds {
  StudyBuilds() = default;
  StudyBuilds(std::vector<ArtifactFacts> facts)  // NOLINT(google-explicit-constructor): all that is known
      : artifacts(std::move(facts)) {}
  std::map<std::string, std::string> families;  ///< of backends, by the manifest's `uses`
  std::vector<KnownBuild> used;          ///< by the manifest's `uses`: what the study itself wrote down
  std::vector<ArtifactFacts> artifacts;  ///< of a study from before manifests had `uses`
  std::vector<KnownBuild> kept;          ///< by an earlier analysis of the same rows
};

/// By the manifest. Artifacts that no `uses` names, and whose .json is not there (an other machine's study)
/// or says less, are left out.
StudyBuilds artifact_facts(const Json& manifest);

/// By precision.json and cost.json in a results folder's `processed`; empty where they are not there.
std::vector<KnownBuild> kept_builds(const std::filesystem::path& processed);

/// By `used`, else by `artifacts`, else by `kept`. The plan says which logits and which form of int8 the
/// backend's graph has; without it, the defaults.
BuildFacts build_of(const BuildOf& what, const StudyBuilds& builds, const std::optional<record::Plan>& plan);

}  // namespace inferscale::analysis
