#include "protocol/messages.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/describe.hpp"
#include "protocol/logits_scope.hpp"

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

Result<void> read_path(FieldReader& fields, std::string_view name, std::filesystem::path& path) {
  std::string text;
  TRY(fields.read(name, text));
  path = text;
  return {};
}

/// A list of [batch, length], or nothing.
Result<void> read_shapes(const Json* list, std::vector<Shape>& shapes) {
  if (list == nullptr) {
    return {};
  }
  const auto is_size = [](const Json& size) {
    return size.is_number_integer() && size > 0 && size <= (1 << 20);
  };
  const bool valid = list->is_array() && std::all_of(list->begin(), list->end(), [&](const Json& shape) {
                       return shape.is_array() && shape.size() == 2 && is_size(shape[0]) && is_size(shape[1]);
                     });
  if (!valid) {
    return fail("load: field 'shapes' must be a list of [batch, length]");
  }
  for (const Json& shape : *list) {
    shapes.push_back({shape[0].get<int>(), shape[1].get<int>()});
  }
  return {};
}

}  // namespace

Result<void> read_details(FieldReader& fields, const std::string& place, Json& details) {
  if (const Json* found = fields.find("details")) {
    if (!found->is_object()) {
      return fail("{}: field 'details' must be an object", place);
    }
    details = *found;
  }
  return {};
}

Result<std::string> request_type(const Json& message) {
  if (!message.is_object() || !message.contains("type") || !message["type"].is_string()) {
    return fail("a request must be a JSON object with a string field 'type'");
  }
  constexpr std::array<std::string_view, 8> kTypes{"hello",  "build", "load",        "measure",
                                                   "logits", "score", "activations", "shutdown"};
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
  Json json = typed("load");
  json["backend"] = request.backend;
  json["artifact"] = request.artifact.string();
  json["weights"] = request.weights.string();
  json["logits"] = to_string(request.logits);
  json["threads"] = request.threads;
  json["cpus"] = request.cpus;
  json["vocabulary"] = request.vocabulary;
  json["max_positions"] = request.max_positions;
  if (minor >= 1 && !request.model.is_null()) {
    json["model"] = request.model;
  }
  if (minor >= 1 && !request.shapes.empty()) {
    for (const Shape& shape : request.shapes) {
      json["shapes"].push_back({shape.batch, shape.length});
    }
  }
  json["seed"] = request.seed;
  json["options"] = request.options;
  return json;
}

Result<LoadRequest> parse_load_request(const Json& message) {
  auto fields = reader(message, "load");
  LoadRequest request;
  TRY(fields.require("backend", request.backend));
  TRY(read_path(fields, "artifact", request.artifact));
  TRY(read_path(fields, "weights", request.weights));
  std::string scope = "all";
  TRY(fields.read("logits", scope));
  const auto parsed_scope = parse_logits_scope(scope);
  if (!parsed_scope) {
    return fail("load: field 'logits' must be all or last, not '{}'", scope);
  }
  request.logits = *parsed_scope;
  TRY(fields.require("threads", request.threads));
  TRY(fields.read("cpus", request.cpus));
  TRY(fields.require("vocabulary", request.vocabulary));
  TRY(fields.require("max_positions", request.max_positions));
  if (const Json* model = fields.find("model")) {
    if (!model->is_object()) {
      return fail("load: field 'model' must be an object");
    }
    request.model = *model;
  }
  TRY(read_shapes(fields.find("shapes"), request.shapes));
  TRY(fields.read("seed", request.seed));
  if (const Json* options = fields.find("options")) {
    if (!options->is_object()) {
      return fail("load: field 'options' must be an object");
    }
    request.options = *options;
  }
  TRY(fields.finish());
  if (request.threads < 1 || request.vocabulary < 1 || request.max_positions < 1) {
    return fail("load: threads, vocabulary and max_positions must be at least 1");
  }
  return request;
}

Json to_json(const LoadedReply& reply) {
  Json json = typed("loaded");
  json["load_s"] = reply.load_s;
  json["prepare_s"] = reply.prepare_s;
  json["memory_mb"] = reply.memory_mb;
  json["threads"] = reply.threads;
  json["cpus"] = reply.cpus;
  json["details"] = reply.details;
  return json;
}

Result<LoadedReply> parse_loaded_reply(const Json& message, const std::string& place) {
  auto fields = reader(message, place + ": loaded");
  LoadedReply reply;
  TRY(fields.require("load_s", reply.load_s));
  TRY(fields.read("prepare_s", reply.prepare_s));
  TRY(fields.read("memory_mb", reply.memory_mb));
  TRY(fields.read("threads", reply.threads));
  TRY(fields.read("cpus", reply.cpus));
  TRY(read_details(fields, place, reply.details));
  return reply;
}

Json to_json(const LogitsRequest& request) {
  Json json = typed("logits");
  json["tokens"] = request.tokens;
  json["file"] = request.file.string();
  return json;
}

Result<LogitsRequest> parse_logits_request(const Json& message) {
  auto fields = reader(message, "logits");
  LogitsRequest request;
  TRY(read_sequences(fields, "tokens", request.tokens));
  const auto length = request.tokens[0].size();
  if (std::any_of(request.tokens.begin(), request.tokens.end(),
                  [&](const auto& ids) { return ids.size() != length; })) {
    return fail("logits: the lists of 'tokens' must have one length");
  }
  TRY(read_path(fields, "file", request.file));
  TRY(fields.finish());
  if (!request.file.is_absolute()) {
    return fail("logits: field 'file' must be an absolute path, not '{}'", request.file.string());
  }
  return request;
}

Json to_json(const LogitsReply& reply) {
  Json json = typed("logits");
  json["shape"] = reply.shape;
  return json;
}

Result<LogitsReply> parse_logits_reply(const Json& message, const std::string& place) {
  auto fields = reader(message, place + ": logits");
  LogitsReply reply;
  TRY(fields.require("shape", reply.shape));
  if (reply.shape.size() != 3) {
    return fail("{}: logits: field 'shape' must have 3 numbers", place);
  }
  return reply;
}

Json error_reply(const Error& error) {
  Json json = typed("error");
  json["outcome"] = to_string(error.outcome == Outcome::ok ? Outcome::error : error.outcome);
  json["message"] = error.message;
  return json;
}

}  // namespace inferscale::protocol
