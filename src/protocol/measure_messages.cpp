#include <array>
#include <utility>

#include "protocol/messages.hpp"

// The messages "measure" and "measured".

namespace inferscale::protocol {
namespace {

using LatencyField = std::pair<const char*, double LatencySummary::*>;
constexpr std::array<LatencyField, 7> kLatencyFields{{
    {"mean", &LatencySummary::mean},
    {"median", &LatencySummary::median},
    {"p90", &LatencySummary::p90},
    {"p99", &LatencySummary::p99},
    {"min", &LatencySummary::min},
    {"max", &LatencySummary::max},
    {"sd", &LatencySummary::sd},
}};

Result<void> parse_scenario_object(const Json* json, Scenario& scenario) {
  if (json == nullptr) {
    return fail("measure: field 'scenario' is missing");
  }
  FieldReader fields(*json, "measure: scenario");
  TRY(fields.require("name", scenario.name));
  TRY(fields.require("batch", scenario.batch));
  TRY(fields.require("prompt_tokens", scenario.prompt_tokens));
  return fields.finish();
}

Result<void> parse_latency(const Json* json, const std::string& place, LatencySummary& latency) {
  if (json == nullptr || !json->is_object()) {
    return fail("{}: field 'latency_ms' must be an object", place);
  }
  FieldReader fields(*json, place + ": latency_ms");
  for (const auto& [name, member] : kLatencyFields) {
    TRY(fields.require(name, latency.*member));
    if (latency.*member < 0) {
      return fail("{}: latency_ms: field '{}' is negative", place, name);
    }
  }
  return {};
}

Result<void> parse_new_tokens(const Json* json, const std::string& place,
                              std::vector<std::vector<std::int32_t>>& tokens) {
  if (json == nullptr || !json->is_array()) {
    return fail("{}: field 'new_tokens' must be a list of lists", place);
  }
  for (const Json& sequence : *json) {
    std::vector<int> ids;
    Json holder = Json::object();
    holder["new_tokens"] = sequence;
    FieldReader fields(holder, place);
    TRY(fields.read("new_tokens", ids));
    tokens.emplace_back(ids.begin(), ids.end());
  }
  return {};
}

}  // namespace

Json to_json(const StoppingRule& rule) {
  Json json = Json::object();
  json["target_relative_half_width"] = rule.target_relative_half_width;
  json["min_iterations"] = rule.min_iterations;
  json["max_iterations"] = rule.max_iterations;
  json["max_s"] = rule.max_s;
  return json;
}

Result<void> parse_stopping_rule(const Json& json, const std::string& place, StoppingRule& rule) {
  FieldReader fields(json, place);
  TRY(fields.read("target_relative_half_width", rule.target_relative_half_width));
  TRY(fields.read("min_iterations", rule.min_iterations));
  TRY(fields.read("max_iterations", rule.max_iterations));
  TRY(fields.read("max_s", rule.max_s));
  return fields.finish();
}

Json to_json(const MeasureRequest& request) {
  Json json = Json::object();
  json["type"] = "measure";
  json["mode"] = to_string(request.mode);
  json["scenario"] = {{"name", request.scenario.name},
                      {"batch", request.scenario.batch},
                      {"prompt_tokens", request.scenario.prompt_tokens}};
  json["new_tokens"] = request.new_tokens;
  json["warmup_iterations"] = request.warmup_iterations;
  json["stop"] = to_json(request.stop);
  json["token_seed"] = request.token_seed;
  return json;
}

Result<MeasureRequest> parse_measure_request(const Json& message) {
  FieldReader fields(message, "measure");
  fields.find("type");
  MeasureRequest request;
  std::string mode;
  TRY(fields.require("mode", mode));
  const auto parsed_mode = parse_mode(mode);
  if (!parsed_mode) {
    return fail("measure: field 'mode' must be prefill, generate or decode, not '{}'", mode);
  }
  request.mode = *parsed_mode;
  TRY(parse_scenario_object(fields.find("scenario"), request.scenario));
  TRY(fields.read("new_tokens", request.new_tokens));
  TRY(fields.read("warmup_iterations", request.warmup_iterations));
  if (const Json* stop = fields.find("stop")) {
    TRY(parse_stopping_rule(*stop, "measure: stop", request.stop));
  }
  TRY(fields.read("token_seed", request.token_seed));
  TRY(fields.finish());
  return request;
}

Json to_json(const LatencySummary& latency) {
  Json json = Json::object();
  for (const auto& [name, member] : kLatencyFields) {
    json[name] = latency.*member;
  }
  return json;
}

Json to_json(const Measurement& measurement) {
  Json json = Json::object();
  json["type"] = "measured";
  json["warmup_iterations"] = measurement.warmup_iterations;
  json["iterations"] = measurement.iterations;
  json["latency_ms"] = to_json(measurement.latency_ms);
  json["time_to_first_token_ms"] = measurement.time_to_first_token_ms;
  json["output_shape"] = measurement.output_shape;
  json["new_tokens"] = measurement.new_tokens;
  json["memory_peak_mb"] = measurement.memory_peak_mb;
  json["gpu_memory_peak_mb"] = measurement.gpu_memory_peak_mb;
  json["clocks"] = measurement.clocks;
  json["details"] = measurement.details;
  return json;
}

Result<Measurement> parse_measurement(const Json& message, const std::string& where) {
  const std::string place = where + ": measured";
  FieldReader fields(message, place);
  Measurement measurement;
  TRY(fields.require("warmup_iterations", measurement.warmup_iterations));
  TRY(fields.require("iterations", measurement.iterations));
  TRY(parse_latency(fields.find("latency_ms"), place, measurement.latency_ms));
  TRY(fields.read("time_to_first_token_ms", measurement.time_to_first_token_ms));
  TRY(fields.require("output_shape", measurement.output_shape));
  TRY(parse_new_tokens(fields.find("new_tokens"), place, measurement.new_tokens));
  TRY(fields.read("memory_peak_mb", measurement.memory_peak_mb));
  TRY(fields.read("gpu_memory_peak_mb", measurement.gpu_memory_peak_mb));
  if (const Json* clocks = fields.find("clocks")) {
    measurement.clocks = *clocks;
  }
  TRY(read_details(fields, place, measurement.details));
  if (measurement.iterations < 1 || measurement.warmup_iterations < 0 || !(measurement.latency_ms.mean > 0)) {
    return fail("{}: iterations must be at least 1 and the mean latency above 0", place);
  }
  return measurement;
}

}  // namespace inferscale::protocol
