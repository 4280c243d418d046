#include <utility>

#include "protocol/messages.hpp"
#include "protocol/shape_profile.hpp"

// The messages "build" and "built".

namespace inferscale::protocol {

Json to_json(const BuildRequest& request) {
  Json json = Json::object();
  json["type"] = "build";
  json["backend"] = request.backend;
  json["graph"] = request.graph.string();
  json["engine"] = request.engine.string();
  json["timing_cache"] = request.timing_cache.string();
  if (!request.calibration_samples.empty()) {
    json["calibration_samples"] = request.calibration_samples.string();
    json["calibration_cache"] = request.calibration_cache.string();
  }
  json["profiles"] = to_json(std::span<const ShapeProfile>(request.profiles));
  json["vocabulary"] = request.vocabulary;
  json["options"] = request.options;
  return json;
}

Result<BuildRequest> parse_build_request(const Json& message) {
  FieldReader fields(message, "build");
  fields.find("type");
  BuildRequest request;
  std::string graph;
  std::string engine;
  std::string timing_cache;
  std::string samples;
  std::string calibration_cache;
  TRY(fields.require("backend", request.backend));
  TRY(fields.require("graph", graph));
  TRY(fields.require("engine", engine));
  TRY(fields.read("timing_cache", timing_cache));
  TRY(fields.read("calibration_samples", samples));
  TRY(fields.read("calibration_cache", calibration_cache));
  request.graph = graph;
  request.engine = engine;
  request.timing_cache = timing_cache;
  request.calibration_samples = samples;
  request.calibration_cache = calibration_cache;
  const Json* profiles = fields.find("profiles");
  if (profiles == nullptr) {
    return fail("build: field 'profiles' is missing");
  }
  TRY_ASSIGN(request.profiles, parse_profiles(*profiles, "build: profiles"));
  TRY(fields.require("vocabulary", request.vocabulary));
  if (const Json* options = fields.find("options")) {
    if (!options->is_object()) {
      return fail("build: field 'options' must be an object");
    }
    request.options = *options;
  }
  TRY(fields.finish());
  if (!request.engine.is_absolute() || request.vocabulary < 1) {
    return fail("build: engine must be an absolute path, and vocabulary at least 1");
  }
  return request;
}

Json to_json(const BuiltReply& reply) {
  Json json = Json::object();
  json["type"] = "built";
  json["build_s"] = reply.build_s;
  json["details"] = reply.details;
  return json;
}

Result<BuiltReply> parse_built_reply(const Json& message, const std::string& place) {
  FieldReader fields(message, place + ": built");
  BuiltReply reply;
  TRY(fields.require("build_s", reply.build_s));
  if (const Json* details = fields.find("details"); details != nullptr && details->is_object()) {
    reply.details = *details;
  }
  return reply;
}

}  // namespace inferscale::protocol
