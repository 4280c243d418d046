#include "protocol/describe.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/plain_text.hpp"
#include "protocol/needs.hpp"

namespace inferscale::protocol {
namespace {

/// Rows, tables and plots repeat such a name.
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestReason = 4096;
constexpr std::size_t kMostLibraries = 32;

Result<void> check_name(const std::string& name, std::string_view field, const std::string& place) {
  if (name.size() > kLongestName) {
    return fail("{}: {} has {} bytes, and may have {}", place, field, name.size(), kLongestName);
  }
  return {};
}

/// Other fields are left alone: a later minor version may add some.
Result<std::vector<Need>> parse_needs(const Json& json, const std::string& place) {
  if (!json.is_array()) {
    return fail("{}: must be a list", place);
  }
  std::vector<Need> needs;
  for (const Json& one : json) {
    if (!one.is_object()) {
      return fail("{}: must be a list of objects", place);
    }
    FieldReader fields(one, place);
    Need need;
    TRY(fields.require("format", need.format));
    TRY(fields.read("dialect", need.dialect));
    TRY(fields.read("precision", need.precision));
    TRY(fields.read("from", need.from));
    TRY(fields.read("logits", need.logits));
    TRY(fields.read("mode", need.mode));
    needs.push_back(std::move(need));
  }
  return needs;
}

Result<void> read_what_it_needs(FieldReader& fields, BackendInfo& info) {
  if (const Json* needs = fields.find("needs")) {
    TRY_ASSIGN(info.needs, parse_needs(*needs, fields.place_of("needs")));
  }
  TRY(fields.read("quantization_forms", info.quantization_forms));
  TRY(fields.read("family", info.family));
  const Json* facts = fields.find("precision_facts");
  if (facts == nullptr) {
    return {};
  }
  TRY_ASSIGN(info.precision_facts, parse_precision_facts(*facts, fields.place_of("precision_facts")));
  if (info.precision_facts->name != info.precision) {
    return fail("{}: name is '{}', and the backend's precision '{}'", fields.place_of("precision_facts"),
                info.precision_facts->name, info.precision);
  }
  return {};
}

Result<void> read_libraries(FieldReader& fields, std::map<std::string, std::string>& libraries) {
  const Json* said = fields.find("libraries");
  if (said == nullptr) {
    return {};
  }
  const std::string place = fields.place_of("libraries");
  if (!said->is_object() || said->size() > kMostLibraries) {
    return fail("{}: must be an object of at most {} names", place, kMostLibraries);
  }
  for (const auto& [name, version] : said->items()) {
    if (!version.is_string()) {
      return fail("{}: the version of '{}' must be a string", place, cut_text(name, kLongestName));
    }
    TRY(check_name(name, "a name", place));
    TRY(check_name(version.get_ref<const std::string&>(), "a version", place));
    libraries[name] = version;
  }
  return {};
}

Json to_json(const Need& need) {
  Json json{{"format", need.format}};
  const auto write = [&](const char* field, const std::string& value) {
    if (!value.empty()) {
      json[field] = value;
    }
  };
  write("dialect", need.dialect);
  write("precision", need.precision);
  write("from", need.from);
  write("logits", need.logits);
  write("mode", need.mode);
  return json;
}

Result<BackendInfo> parse_backend_info(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", place);
  }
  FieldReader fields(json, place);
  BackendInfo info;
  TRY(fields.require("name", info.name));
  TRY(fields.require("device", info.device));
  TRY(fields.require("precision", info.precision));
  TRY(fields.read("artifact", info.artifact));
  TRY(fields.read("graph_precision", info.graph_precision));
  TRY(fields.read("unavailable_because", info.unavailable_because));
  TRY(fields.read("artifact_key", info.artifact_key));
  TRY(fields.read("weight_bits", info.weight_bits));
  TRY(read_what_it_needs(fields, info));
  TRY(read_libraries(fields, info.libraries));
  TRY(check_name(info.name, "name", place));
  TRY(check_name(info.device, "device", place));
  TRY(check_name(info.precision, "precision", place));
  info.unavailable_because = cut_text(info.unavailable_because, kLongestReason);
  if (info.weight_bits != 7 && info.weight_bits != 8) {
    return fail("{}: weight_bits must be 7 or 8, not {}", place, info.weight_bits);
  }
  if (info.name.empty() || info.name.find_first_of(" ,:/\t\n") != std::string::npos) {
    return fail("{}: name '{}' must not be empty or have a space, comma, colon or slash", place, info.name);
  }
  constexpr std::array<std::string_view, 4> kArtifacts{"onnx", "engine", "safetensors", "none"};
  if (std::find(kArtifacts.begin(), kArtifacts.end(), info.artifact) == kArtifacts.end()) {
    return fail("{}: artifact must be onnx, engine, safetensors or none, not '{}'", place, info.artifact);
  }
  return info;
}

}  // namespace

Json to_json(const BackendInfo& info) {
  Json json = Json::object();
  json["name"] = info.name;
  json["device"] = info.device;
  json["precision"] = info.precision;
  json["artifact"] = info.artifact;
  json["graph_precision"] = info.graph_precision;
  json["unavailable_because"] = info.unavailable_because;
  if (!info.artifact_key.empty()) {
    json["artifact_key"] = info.artifact_key;
  }
  if (takes_int8_graph(info)) {
    json["weight_bits"] = info.weight_bits;
  }
  for (const Need& need : info.needs) {
    json["needs"].push_back(to_json(need));
  }
  if (!info.quantization_forms.empty()) {
    json["quantization_forms"] = info.quantization_forms;
  }
  if (!info.family.empty()) {
    json["family"] = info.family;
  }
  if (info.precision_facts) {
    json["precision_facts"] = fields_json(*info.precision_facts);
  }
  if (!info.libraries.empty()) {
    json["libraries"] = info.libraries;
  }
  return json;
}

Json to_json(const WorkerInfo& info) {
  Json json = Json::object();
  json["worker"] = info.worker;
  json["runtime"] = info.runtime;
  json["runtime_version"] = info.runtime_version;
  json["backends"] = Json::array();
  for (const auto& backend : info.backends) {
    json["backends"].push_back(to_json(backend));
  }
  return json;
}

Result<WorkerInfo> parse_worker_info(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  WorkerInfo info;
  TRY(fields.require("worker", info.worker));
  TRY(fields.require("runtime", info.runtime));
  TRY(fields.require("runtime_version", info.runtime_version));
  TRY(check_name(info.worker, "worker", place));
  TRY(check_name(info.runtime, "runtime", place));
  TRY(check_name(info.runtime_version, "runtime_version", place));
  const Json* backends = fields.find("backends");
  if (backends == nullptr || !backends->is_array()) {
    return fail("{}: field 'backends' must be a list", place);
  }
  for (std::size_t i = 0; i < backends->size(); ++i) {
    TRY_ASSIGN(BackendInfo backend,
               parse_backend_info((*backends)[i], fmt::format("{}: backends[{}]", place, i)));
    info.backends.push_back(std::move(backend));
  }
  return info;
}

}  // namespace inferscale::protocol
