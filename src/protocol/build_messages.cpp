#include "protocol/message_fields.hpp"

// The messages "build" and "built".

namespace inferscale::protocol {

Json to_json(const BuildRequest& request) {
  Json json = message_json("build", request);
  if (request.calibration_samples.empty()) {
    json.erase("calibration_samples");
    json.erase("calibration_cache");
  }
  if (request.caches.empty()) {
    json.erase("caches");
  }
  return json;
}

Result<BuildRequest> parse_build_request(const Json& message) {
  TRY_ASSIGN(BuildRequest request, read_request<BuildRequest>(message, "build"));
  if (!request.engine.is_absolute() || request.vocabulary < 1) {
    return fail("build: engine must be an absolute path, and vocabulary at least 1");
  }
  return request;
}

Json to_json(const BuiltReply& reply) {
  return message_json("built", reply);
}

Result<BuiltReply> parse_built_reply(const Json& message, const std::string& place) {
  TRY_ASSIGN(BuiltReply reply, read_reply<BuiltReply>(message, place + ": built"));
  if (const auto details = message.find("details"); details != message.end() && details->is_object()) {
    reply.details = *details;
  }
  return reply;
}

}  // namespace inferscale::protocol
