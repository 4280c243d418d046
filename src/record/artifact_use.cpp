#include "record/artifact_use.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "family/families.hpp"

namespace inferscale::record {
namespace {

template <class T>
void write(Json& json, const char* field, const std::optional<T>& value) {
  if (value) {
    json[field] = *value;
  }
}

std::string text_at(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class T>
std::optional<T> number_at(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_number() ? std::optional<T>(found->get<T>()) : std::nullopt;
}

const Json& list_at(const Json& json, const char* field) {
  static const Json none = Json::array();
  const auto found = json.is_object() ? json.find(field) : json.end();
  return json.is_object() && found != json.end() && found->is_array() ? *found : none;
}

std::optional<ArtifactUse> parse_use(const Json& json) {
  const auto mode = json.is_object() ? protocol::parse_mode(text_at(json, "mode")) : std::nullopt;
  if (!mode || text_at(json, "model").empty() || text_at(json, "backend").empty()) {
    return std::nullopt;
  }
  ArtifactUse use;
  use.model = text_at(json, "model");
  use.backend = text_at(json, "backend");
  use.family = text_at(json, "family");
  use.mode = *mode;
  for (const Json& file : list_at(json, "files")) {
    if (file.is_object()) {
      use.files.push_back({text_at(file, "path"), text_at(file, "sha256")});
    }
  }
  use.precision = text_at(json, "precision");
  use.form = text_at(json, "form");
  use.weight_bits = number_at<int>(json, "weight_bits");
  use.dialect = text_at(json, "dialect");
  use.seconds = number_at<double>(json, "seconds");
  use.bytes = number_at<double>(json, "bytes");
  use.calibration_s = number_at<double>(json, "calibration_s");
  use.build_s = number_at<double>(json, "build_s");
  use.gpu_memory_peak_mb = number_at<double>(json, "gpu_memory_peak_mb");
  use.layers = number_at<int>(json, "layers");
  use.int8_layers = number_at<int>(json, "int8_layers");
  use.profiles = number_at<int>(json, "profiles");
  return use;
}

std::optional<UsedModel> parse_model(const Json& json) {
  const auto config = json.is_object() ? json.find("config") : json.end();
  if (!json.is_object() || config == json.end()) {
    return std::nullopt;
  }
  const auto shape = family::spec_from_json(*config, "manifest.json: models");
  const auto parameters = number_at<std::int64_t>(json, "parameters");
  if (!shape || !parameters || text_at(json, "name").empty()) {
    return std::nullopt;
  }
  return UsedModel{text_at(json, "name"), *parameters, *shape};
}

}  // namespace

Json to_json(const ArtifactUse& use) {
  Json json = Json::object();
  json["model"] = use.model;
  json["backend"] = use.backend;
  if (!use.family.empty()) {
    json["family"] = use.family;
  }
  json["mode"] = to_string(use.mode);
  json["files"] = Json::array();
  for (const UsedFile& file : use.files) {
    json["files"].push_back(Json{{"path", file.path}, {"sha256", file.sha256}});
  }
  if (!use.precision.empty()) {
    json["precision"] = use.precision;
  }
  if (!use.form.empty()) {
    json["form"] = use.form;
  }
  write(json, "weight_bits", use.weight_bits);
  if (!use.dialect.empty()) {
    json["dialect"] = use.dialect;
  }
  write(json, "seconds", use.seconds);
  write(json, "bytes", use.bytes);
  write(json, "calibration_s", use.calibration_s);
  write(json, "build_s", use.build_s);
  write(json, "gpu_memory_peak_mb", use.gpu_memory_peak_mb);
  write(json, "layers", use.layers);
  write(json, "int8_layers", use.int8_layers);
  write(json, "profiles", use.profiles);
  return json;
}

Json to_json(const UsedModel& model) {
  Json json = Json::object();
  json["name"] = model.name;
  json["parameters"] = model.parameters;
  json["config"] = to_json(model.config);
  return json;
}

StudyUses uses_of(const Json& manifest) {
  StudyUses result;
  for (const Json& one : list_at(manifest, "uses")) {
    if (auto use = parse_use(one)) {
      result.uses.push_back(std::move(*use));
    }
  }
  for (const Json& one : list_at(manifest, "models")) {
    if (auto model = parse_model(one)) {
      result.models.push_back(std::move(*model));
    }
  }
  return result;
}

StudyUses merge(StudyUses later, const StudyUses& earlier) {
  const auto pair_of = [](const ArtifactUse& use) { return std::tie(use.model, use.backend, use.mode); };
  for (const ArtifactUse& use : earlier.uses) {
    if (std::none_of(later.uses.begin(), later.uses.end(),
                     [&](const ArtifactUse& other) { return pair_of(other) == pair_of(use); })) {
      later.uses.push_back(use);
    }
  }
  for (const UsedModel& model : earlier.models) {
    if (std::none_of(later.models.begin(), later.models.end(),
                     [&](const UsedModel& other) { return other.name == model.name; })) {
      later.models.push_back(model);
    }
  }
  return later;
}

}  // namespace inferscale::record
