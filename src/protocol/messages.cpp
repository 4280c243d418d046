#include "protocol/messages.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/describe.hpp"
#include "protocol/message_fields.hpp"

namespace inferscale::protocol {
namespace {

/// A reader that has seen "type".
FieldReader reader(const Json& message, std::string place) {
  FieldReader fields(message, std::move(place));
  fields.find("type");
  return fields;
}

Json typed(const char* type) {
  Json json = Json::object();
  json["type"] = type;
  return json;
}

Result<void> check_one_length(const Sequences& tokens, std::string_view message) {
  const bool same = std::all_of(tokens.begin(), tokens.end(),
                                [&](const auto& ids) { return ids.size() == tokens[0].size(); });
  return same ? Result<void>() : fail("{}: the lists of 'tokens' must have one length", message);
}

}  // namespace

Result<std::string> request_type(const Json& message) {
  if (!message.is_object() || !message.contains("type") || !message["type"].is_string()) {
    return fail("a request must be a JSON object with a string field 'type'");
  }
  constexpr std::array<std::string_view, 10> kTypes{"hello", "build",       "load",  "measure", "logits",
                                                    "score", "activations", "start", "step",    "shutdown"};
  auto type = message["type"].get<std::string>();
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
    return fail("unknown request type '{}'; protocol {} has {}", type, kProtocolVersion,
                fmt::join(kTypes, ", "));
  }
  return type;
}

Json to_json(const HelloRequest& request) {
  Json json = typed("hello");
  json["protocol"] = request.protocol;
  return json;
}

Result<HelloRequest> parse_hello_request(const Json& message) {
  auto fields = reader(message, "hello");
  HelloRequest request;
  TRY(fields.require("protocol", request.protocol));
  TRY(fields.finish());
  if (request.protocol != kProtocolVersion) {
    return fail("this worker speaks protocol {}, not {}", kProtocolVersion, request.protocol);
  }
  return request;
}

Json to_json(const HelloReply& reply) {
  Json json = typed("hello");
  json["protocol"] = reply.protocol;
  json["minor"] = reply.minor;
  if (!reply.can.empty()) {
    json["can"] = reply.can;
  }
  json.update(to_json(reply.worker));
  return json;
}

Result<HelloReply> parse_hello_reply(const Json& message, const std::string& place) {
  auto fields = reader(message, place);
  HelloReply reply;
  TRY(fields.require("protocol", reply.protocol));
  reply.minor = 0;
  TRY(fields.read("minor", reply.minor));
  TRY(fields.read("can", reply.can));
  if (reply.protocol != kProtocolVersion) {
    return fail("{}: it speaks protocol {}, and this inferscale {}", place, reply.protocol, kProtocolVersion);
  }
  TRY_ASSIGN(reply.worker, parse_worker_info(message, place));
  return reply;
}

Json to_json(const LoadRequest& request, int minor) {
  Json json = message_json("load", request);
  if (minor < 1 || request.model.is_null()) {
    json.erase("model");
  }
  if (minor < 1 || request.shapes.empty()) {
    json.erase("shapes");
  }
  if (request.caches.empty()) {
    json.erase("caches");
  }
  return json;
}

Result<LoadRequest> parse_load_request(const Json& message) {
  TRY_ASSIGN(LoadRequest request, read_request<LoadRequest>(message, "load"));
  if (request.threads < 1 || request.vocabulary < 1 || request.max_positions < 1) {
    return fail("load: threads, vocabulary and max_positions must be at least 1");
  }
  return request;
}

Json to_json(const LoadedReply& reply) {
  return message_json("loaded", reply);
}

Result<LoadedReply> parse_loaded_reply(const Json& message, const std::string& place) {
  TRY_ASSIGN(LoadedReply reply, read_reply<LoadedReply>(message, place + ": loaded"));
  FieldReader fields(message, place);
  TRY(JsonObjectCodec::read(fields, "details", reply.details));
  return reply;
}

Json to_json(const LogitsRequest& request) {
  return message_json("logits", request);
}

Result<LogitsRequest> parse_logits_request(const Json& message) {
  TRY_ASSIGN(LogitsRequest request, read_request<LogitsRequest>(message, "logits"));
  TRY(check_one_length(request.tokens, "logits"));
  if (!request.file.is_absolute()) {
    return fail("logits: field 'file' must be an absolute path, not '{}'", request.file.string());
  }
  return request;
}

Json to_json(const LogitsReply& reply) {
  return message_json("logits", reply);
}

Result<LogitsReply> parse_logits_reply(const Json& message, const std::string& place) {
  TRY_ASSIGN(LogitsReply reply, read_reply<LogitsReply>(message, place + ": logits"));
  if (reply.shape.size() != 3) {
    return fail("{}: logits: field 'shape' must have 3 numbers", place);
  }
  return reply;
}

Json to_json(const StartRequest& request) {
  return message_json("start", request);
}

Result<StartRequest> parse_start_request(const Json& message) {
  TRY_ASSIGN(StartRequest request, read_request<StartRequest>(message, "start"));
  TRY(check_one_length(request.tokens, "start"));
  if (request.capacity < static_cast<int>(request.tokens[0].size())) {
    return fail("start: field 'capacity' is {}, and a prompt has {} tokens", request.capacity,
                request.tokens[0].size());
  }
  return request;
}

Json to_json(const StepRequest& request) {
  return message_json("step", request);
}

Result<StepRequest> parse_step_request(const Json& message) {
  return read_request<StepRequest>(message, "step");
}

Json to_json(const ChosenReply& reply) {
  return message_json("chosen", reply);
}

namespace {

Result<ChosenReply> read_chosen(const Json& message, const std::string& place, std::size_t log_probabilities,
                                std::size_t gaps) {
  TRY_ASSIGN(ChosenReply reply, read_reply<ChosenReply>(message, place + ": chosen"));
  if (reply.scores.log_probabilities.size() != log_probabilities || reply.scores.gaps.size() != gaps) {
    return fail_as(Outcome::invalid_output,
                   "{}: chosen: {} log probabilities and {} gaps came, and {} and {} were due", place,
                   reply.scores.log_probabilities.size(), reply.scores.gaps.size(), log_probabilities, gaps);
  }
  return reply;
}

}  // namespace

Result<ChosenReply> parse_chosen_reply(const Json& message, const StartRequest& request,
                                       const std::string& place) {
  return read_chosen(message, place, 0, request.scores ? request.tokens.size() : 0);
}

Result<ChosenReply> parse_chosen_reply(const Json& message, const StepRequest& request,
                                       const std::string& place) {
  const std::size_t scores = request.scores ? request.tokens.size() : 0;
  return read_chosen(message, place, scores, scores);
}

Json error_reply(const Error& error) {
  Json json = typed("error");
  json["outcome"] = to_string(error.outcome == Outcome::ok ? Outcome::error : error.outcome);
  json["message"] = error.message;
  return json;
}

}  // namespace inferscale::protocol
