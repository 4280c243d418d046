// What the files that a study used were made of, and how long that took.
#include "analysis/artifact_facts.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "protocol/logits_scope.hpp"
#include "protocol/needs.hpp"
#include "record/artifact_use.hpp"
#include "record/catalog.hpp"
#include "record/int8_form.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

std::string text_at(const Json& json, const char* field) {
  const auto found = json.is_object() ? json.find(field) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_at(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

/// The .json beside an artifact, or null.
Json beside(fs::path file) {
  file += ".json";
  std::error_code ignored;
  const auto json = fs::exists(file, ignored) ? read_json_file(file) : Result<Json>(Json(nullptr));
  return json && json->is_object() ? *json : Json(nullptr);
}

/// What it was made from lies in a folder beside its own: artifacts/MODEL/onnx, /calib, /tensorrt.
Json made_from(const fs::path& file, const Json& json, const char* field, const char* folder) {
  const std::string name = text_at(json, field);
  return name.empty() ? Json(nullptr) : beside(file.parent_path().parent_path() / folder / name);
}

/// "artifacts/gpt2/onnx/fp32-prefill-all-1a2b.onnx": the folder names the kind.
std::optional<ArtifactFacts> read_facts(const fs::path& file) {
  const Json json = beside(file);
  ArtifactFacts facts;
  facts.model = text_at(json, "model");
  if (facts.model.empty()) {
    return std::nullopt;
  }
  facts.kind = file.parent_path().filename().string();
  facts.seconds = number_at(json, "seconds");
  facts.bytes = number_at(json, "bytes");
  Json graph = made_from(file, json, "graph_file", "onnx");
  if (graph.is_object()) {
    facts.seconds += number_at(graph, "seconds");
  } else {
    graph = json;
  }
  if (const Json calibration = made_from(file, graph, "calibration_file", "calib"); calibration.is_object()) {
    facts.seconds += number_at(calibration, "seconds");
  }
  const auto settings = [](const Json& of) {  // of the store; `inferscale export` writes them beside the rest
    const auto key = of.find("key");
    return key != of.end() && key->is_object() ? *key : of;
  };
  facts.backend = text_at(settings(json), "backend");
  const Json of_graph = settings(graph);
  facts.precision = text_at(of_graph, "precision");
  facts.logits = text_at(of_graph, "logits");
  if (const auto quantization = of_graph.find("quantization"); quantization != of_graph.end()) {
    facts.form = text_at(*quantization, "form");
  }
  return facts;
}

/// A backend that the catalog lacks is taken to load a graph of its precision.
protocol::BackendInfo info_of(const BuildOf& what) {
  if (const record::KnownBackend* known = record::find_known_backend(what.backend)) {
    return known->info;
  }
  protocol::BackendInfo info;
  info.name = what.backend;
  info.precision = info.graph_precision = what.precision;
  info.artifact = "onnx";
  return info;
}

std::optional<BuildFacts> known_build(const BuildOf& what, const std::vector<KnownBuild>& builds) {
  for (const KnownBuild& one : builds) {
    if (one.model == what.model && one.backend == what.backend && (!what.mode || *what.mode == one.mode)) {
      return one.build;
    }
  }
  return std::nullopt;
}

/// Equal, or not said.
bool fits(const std::string& said, std::string_view wanted) {
  return said.empty() || wanted.empty() || said == wanted;
}

}  // namespace

StudyBuilds artifact_facts(const Json& manifest) {
  StudyBuilds all;
  for (const record::ArtifactUse& use : record::uses_of(manifest).uses) {
    if (!use.family.empty()) {
      all.families[use.backend] = use.family;
    }
    all.used.push_back({use.model, use.backend, use.mode, {use.seconds, use.bytes}});
  }
  const auto artifacts = manifest.is_object() ? manifest.find("artifacts") : manifest.end();
  if (!manifest.is_object() || artifacts == manifest.end() || !artifacts->is_array()) {
    return all;
  }
  std::set<std::string> seen;
  for (const Json& artifact : *artifacts) {
    const std::string path = text_at(artifact, "path");
    if (path.empty() || !seen.insert(path).second) {
      continue;
    }
    if (auto facts = read_facts(path)) {
      all.artifacts.push_back(std::move(*facts));
    }
  }
  return all;
}

namespace {

/// For manifests without `uses`: which of the listed artifacts it must have been.
BuildFacts build_among(const std::vector<ArtifactFacts>& artifacts, const BuildOf& what,
                       const std::optional<record::Plan>& plan) {
  const protocol::BackendInfo info = info_of(what);
  const auto graph = graph_of(info);
  if (!graph) {
    return {0, std::nullopt};
  }
  const bool engine = is_built(info);
  const std::string_view logits = plan ? to_string(plan->logits) : std::string_view();
  const Json options = plan ? options_of(*plan, what.backend) : Json::object();
  const std::string_view form =
      takes_int8_graph(info) ? record::int8_form(info, options) : std::string_view();
  BuildFacts build;
  for (const ArtifactFacts& facts : artifacts) {
    // An engine names its backend; the graph that it was built from may have another precision (TensorRT's
    // own calibrators take fp32).
    const bool loaded = engine ? facts.backend == what.backend
                               : facts.backend.empty() && facts.kind == graph->format &&
                                     facts.precision == graph->precision && fits(facts.form, form);
    if (loaded && facts.model == what.model && fits(facts.logits, logits)) {
      build = {facts.seconds, facts.bytes};
    }
  }
  return build;
}

/// Of one list of an analysis: [{"model", "backend", "mode", "build_s", "artifact_bytes"}].
void add_kept(const fs::path& file, const char* field, std::vector<KnownBuild>& builds) {
  std::error_code ignored;
  const auto json = fs::exists(file, ignored) ? read_json_file(file) : Result<Json>(Json());
  const auto list = json && json->is_object() ? json->find(field) : Json::const_iterator();
  if (!json || !json->is_object() || list == json->end() || !list->is_array()) {
    return;
  }
  for (const Json& one : *list) {
    const auto mode = protocol::parse_mode(text_at(one, "mode"));
    if (!mode || !one.contains("build_s") || !one["build_s"].is_number()) {
      continue;
    }
    const double bytes = number_at(one, "artifact_bytes");
    const BuildFacts build{number_at(one, "build_s"), bytes > 0 ? std::optional(bytes) : std::nullopt};
    builds.push_back({text_at(one, "model"), text_at(one, "backend"), *mode, build});
  }
}

}  // namespace

std::vector<KnownBuild> kept_builds(const fs::path& processed) {
  std::vector<KnownBuild> builds;
  add_kept(processed / "precision.json", "precisions", builds);  // first: cost.json has no sizes
  add_kept(processed / "cost.json", "costs", builds);
  return builds;
}

BuildFacts build_of(const BuildOf& what, const StudyBuilds& builds, const std::optional<record::Plan>& plan) {
  if (const auto used = known_build(what, builds.used)) {
    return *used;
  }
  const BuildFacts found = build_among(builds.artifacts, what, plan);
  const auto kept = found.seconds ? std::nullopt : known_build(what, builds.kept);
  return kept ? *kept : found;
}

}  // namespace inferscale::analysis
