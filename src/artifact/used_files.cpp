#include "artifact/used_files.hpp"

#include <algorithm>

namespace inferscale::artifact {
namespace {

namespace fs = std::filesystem;

const Json& at(const Json& json, const char* field) {
  static const Json null;
  const auto found = json.is_object() ? json.find(field) : json.end();
  return json.is_object() && found != json.end() ? *found : null;
}

std::optional<double> number(const Json& json) {
  return json.is_number() ? std::optional<double>(json.get<double>()) : std::nullopt;
}

std::string text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

/// Of a list that the worker gave.
std::optional<int> length(const Json& json) {
  return json.is_array() ? std::optional<int>(static_cast<int>(json.size())) : std::nullopt;
}

fs::path named_in_manifest(const fs::path& file, const fs::path& root) {
  const fs::path relative = fs::absolute(file).lexically_relative(fs::absolute(root));
  return relative.empty() || *relative.begin() == ".." ? file : relative;
}

/// Null for a file that has none, such as a folder model's own weights.
Json sidecar_of(const Artifact& artifact) {
  const auto json = artifact.json.empty() ? Result<Json>(Json()) : read_json_file(artifact.json);
  return json ? *json : Json();
}

void add_graph(const Json& sidecar, record::ArtifactUse& use) {
  const Json& key = at(sidecar, "key");
  use.precision = text(at(key, "precision"));
  use.form = text(at(at(key, "quantization"), "form"));
  const std::string dialect = text(at(key, "dialect"));
  use.dialect = dialect.empty() ? "portable" : dialect;  // keys of portable graphs do not name it
  if (sidecar.contains("weight_bits") && sidecar["weight_bits"].is_number_integer()) {
    use.weight_bits = sidecar["weight_bits"].get<int>();
  }
}

void add_engine(const Json& sidecar, record::ArtifactUse& use) {
  const Json& build = at(sidecar, "build");
  use.build_s = number(at(sidecar, "build_s"));
  use.gpu_memory_peak_mb = number(at(build, "gpu_memory_peak_mb"));
  if (const auto layers = number(at(build, "layers"))) {
    use.layers = static_cast<int>(*layers);
  }
  use.int8_layers = length(at(build, "int8_layers"));
  use.profiles = length(at(build, "profiles"));
  if (const auto calibration_s = number(at(build, "calibration_s"))) {
    use.calibration_s = use.calibration_s.value_or(0) + *calibration_s;
  }
}

}  // namespace

record::ArtifactUse use_of(const ModelFiles& files, const fs::path& root) {
  record::ArtifactUse use;
  use.seconds = 0;
  for (const Artifact& artifact : files.artifacts) {
    const fs::path path = fs::absolute(artifact.path);
    if (path == files.artifact || path == files.weights) {
      use.files.push_back({named_in_manifest(artifact.path, root).string(), artifact.sha256});
    }
    if (path == files.weights) {
      continue;
    }
    const Json sidecar = sidecar_of(artifact);
    const std::string kind = text(at(sidecar, "kind"));
    use.seconds = *use.seconds + artifact.seconds;
    if (path == files.artifact) {
      use.bytes = static_cast<double>(artifact.bytes);
    }
    if (kind == "calib") {
      use.calibration_s = use.calibration_s.value_or(0) + artifact.seconds;
    } else if (kind == "onnx") {
      add_graph(sidecar, use);
    } else {
      add_engine(sidecar, use);
    }
  }
  return use;
}

}  // namespace inferscale::artifact
