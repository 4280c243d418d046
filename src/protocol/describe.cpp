#include "protocol/describe.hpp"

#include <utility>

namespace inferscale::protocol {
namespace {

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
  if (info.weight_bits != 7 && info.weight_bits != 8) {
    return fail("{}: weight_bits must be 7 or 8, not {}", place, info.weight_bits);
  }
  if (info.name.empty() || info.name.find_first_of(" ,:/\t\n") != std::string::npos) {
    return fail("{}: name '{}' must not be empty or have a space, comma, colon or slash", place, info.name);
  }
  if (info.artifact != "onnx" && info.artifact != "engine" && info.artifact != "safetensors" &&
      info.artifact != "none") {
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
  if (info.graph_precision == "int8") {
    json["weight_bits"] = info.weight_bits;
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
