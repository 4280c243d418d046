#include "record/row.hpp"

#include <array>
#include <utility>

namespace inferscale::record {

using namespace protocol;

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

Json latency_json(const LatencySummary& latency) {
  Json json = Json::object();
  for (const auto& [name, member] : kLatencyFields) {
    json[name] = latency.*member;
  }
  return json;
}

Result<void> parse_latency(const Json* json, const std::string& place, LatencySummary& latency) {
  if (json == nullptr) {
    return fail("{}: field 'latency_ms' is missing", place);
  }
  FieldReader fields(*json, place + ": latency_ms");
  for (const auto& [name, member] : kLatencyFields) {
    TRY(fields.require(name, latency.*member));
    if (latency.*member < 0) {
      return fail("{}: latency_ms: field '{}' is negative", place, name);
    }
  }
  return fields.finish();
}

/// Reads a number that is null where it does not apply (0 in the struct).
Result<void> read_nullable(FieldReader& fields, const char* name, double& value) {
  const Json* field = fields.find(name);
  if (field == nullptr || field->is_null()) {
    return {};
  }
  return fields.read(name, value);
}

/// What only an ok row has. In other rows each of these must be null or absent.
Result<void> parse_measured(FieldReader& fields, const std::string& place, Row& row) {
  if (row.outcome != Outcome::ok) {
    for (const char* name : {"warmup_iterations", "iterations", "latency_ms", "throughput_tok_s", "new_tok_s",
                             "time_to_first_token_ms", "memory_peak_mb", "gpu_memory_peak_mb", "clocks",
                             "details", "tokens_sha256"}) {
      if (const Json* field = fields.find(name); field != nullptr && !field->is_null()) {
        return fail("{}: field '{}' must be null in a row whose outcome is '{}'", place, name,
                    to_string(row.outcome));
      }
    }
    return {};
  }
  TRY(fields.require("warmup_iterations", row.warmup_iterations));
  TRY(fields.require("iterations", row.iterations));
  if (row.iterations < 1) {
    return fail("{}: field 'iterations' must be at least 1 in an ok row", place);
  }
  TRY(parse_latency(fields.find("latency_ms"), place, row.latency_ms));
  TRY(fields.require("throughput_tok_s", row.throughput_tok_s));
  if (!(row.throughput_tok_s > 0) || !(row.latency_ms.mean > 0)) {
    return fail("{}: an ok row needs a throughput and a mean latency above 0", place);
  }
  TRY(read_nullable(fields, "new_tok_s", row.new_tok_s));
  TRY(read_nullable(fields, "time_to_first_token_ms", row.time_to_first_token_ms));
  TRY(read_nullable(fields, "memory_peak_mb", row.memory_peak_mb));
  TRY(read_nullable(fields, "gpu_memory_peak_mb", row.gpu_memory_peak_mb));
  if (const Json* clocks = fields.find("clocks")) {
    row.clocks = *clocks;
  }
  if (const Json* details = fields.find("details")) {
    if (!details->is_object()) {
      return fail("{}: field 'details' must be an object", place);
    }
    row.details = *details;
  }
  return fields.read("tokens_sha256", row.tokens_sha256);
}

/// Which cell and repetition this is.
Result<void> parse_identity(FieldReader& fields, const std::string& place, Row& row) {
  TRY(fields.read("study", row.study));
  TRY(fields.require("model", row.model));
  TRY(fields.require("parameters", row.parameters));
  TRY(fields.require("backend", row.backend));
  TRY(fields.read("runtime_version", row.runtime_version));
  TRY(fields.read("device", row.device));
  TRY(fields.read("precision", row.precision));
  TRY(fields.require("scenario", row.scenario.name));
  TRY(fields.require("batch", row.scenario.batch));
  TRY(fields.require("prompt_tokens", row.scenario.prompt_tokens));
  TRY(fields.read("new_tokens", row.new_tokens));
  std::string mode;
  TRY(fields.require("mode", mode));
  const auto parsed_mode = parse_mode(mode);
  if (!parsed_mode) {
    return fail("{}: field 'mode' must be prefill, generate or decode, not '{}'", place, mode);
  }
  row.mode = *parsed_mode;
  TRY(fields.require("repetition", row.repetition));
  if (row.repetition < 0 || row.scenario.batch < 1 || row.scenario.prompt_tokens < 1 || row.new_tokens < 0) {
    return fail("{}: repetition and new_tokens must not be negative, batch and prompt_tokens at least 1",
                place);
  }
  return {};
}

}  // namespace

Json to_json(const Row& row) {
  const bool ok = row.outcome == Outcome::ok;
  const auto if_ok = [ok](Json value) { return ok ? std::move(value) : Json(nullptr); };
  Json json = Json::object();
  json["schema_version"] = kRowSchemaVersion;
  json["study"] = row.study;
  json["model"] = row.model;
  json["parameters"] = row.parameters;
  json["backend"] = row.backend;
  json["runtime_version"] = row.runtime_version;
  json["device"] = row.device;
  json["precision"] = row.precision;
  json["scenario"] = row.scenario.name;
  json["batch"] = row.scenario.batch;
  json["prompt_tokens"] = row.scenario.prompt_tokens;
  json["new_tokens"] = row.new_tokens;
  json["mode"] = to_string(row.mode);
  json["repetition"] = row.repetition;
  json["outcome"] = to_string(row.outcome);
  json["error"] = row.error;
  json["started_at"] = row.started_at;
  json["threads"] = row.threads;
  json["load_s"] = row.load_s;
  json["warmup_iterations"] = if_ok(row.warmup_iterations);
  json["iterations"] = if_ok(row.iterations);
  json["latency_ms"] = if_ok(latency_json(row.latency_ms));
  json["throughput_tok_s"] = if_ok(row.throughput_tok_s);
  json["new_tok_s"] = ok && row.mode != Mode::prefill ? Json(row.new_tok_s) : Json(nullptr);
  json["time_to_first_token_ms"] =
      ok && row.mode == Mode::decode ? Json(row.time_to_first_token_ms) : Json(nullptr);
  json["memory_peak_mb"] = if_ok(row.memory_peak_mb);
  json["gpu_memory_peak_mb"] = if_ok(row.gpu_memory_peak_mb);
  json["clocks"] = if_ok(row.clocks);
  json["details"] = if_ok(row.details);
  json["tokens_sha256"] = if_ok(row.tokens_sha256);
  return json;
}

Result<Row> parse_row(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: a row must be a JSON object", place);
  }
  FieldReader fields(json, place);
  int version = 0;
  TRY(fields.require("schema_version", version));
  if (version != kRowSchemaVersion) {
    return fail("{}: schema_version is {}, and this inferscale reads {}", place, version, kRowSchemaVersion);
  }
  Row row;
  TRY(parse_identity(fields, place, row));
  std::string outcome;
  TRY(fields.require("outcome", outcome));
  const auto parsed_outcome = parse_outcome(outcome);
  if (!parsed_outcome) {
    return fail("{}: field 'outcome' has the unknown value '{}'", place, outcome);
  }
  row.outcome = *parsed_outcome;
  TRY(fields.read("error", row.error));
  TRY(fields.read("started_at", row.started_at));
  TRY(fields.read("threads", row.threads));
  TRY(fields.read("load_s", row.load_s));
  TRY(parse_measured(fields, place, row));
  TRY(fields.finish());
  return row;
}

}  // namespace inferscale::record
