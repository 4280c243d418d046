#include "record/quality_result.hpp"

#include "core/files.hpp"

namespace inferscale::record {
namespace {

Json to_json(const ParityFigures& parity) {
  Json json = Json::object();
  json["positions"] = parity.positions;
  json["largest_difference"] = parity.largest_difference;
  json["largest_relative_difference"] = parity.largest_relative_difference;
  json["relative_error"] = parity.relative_error;
  json["mean_kl"] = parity.mean_kl;
  json["top1_agreement"] = parity.top1_agreement;
  return json;
}

Result<ParityFigures> parse_parity(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  ParityFigures parity;
  TRY(fields.require("positions", parity.positions));
  TRY(fields.require("largest_difference", parity.largest_difference));
  TRY(fields.require("largest_relative_difference", parity.largest_relative_difference));
  TRY(fields.require("relative_error", parity.relative_error));
  TRY(fields.require("mean_kl", parity.mean_kl));
  TRY(fields.require("top1_agreement", parity.top1_agreement));
  TRY(fields.finish());
  return parity;
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? to_json(*value) : Json(nullptr);
}

/// Reads an object, or null.
template <class T, class Parse>
Result<void> read_or_null(FieldReader& fields, const char* name, std::optional<T>& value, Parse parse) {
  const Json* json = fields.find(name);
  if (json != nullptr && !json->is_null()) {
    TRY_ASSIGN(value, parse(*json, fields.place_of(name)));
  }
  return {};
}

Result<void> parse_verdict(FieldReader& fields, GateVerdict& verdict) {
  std::string text;
  TRY(fields.require("gate", text));
  const auto gate = parse_gate(text);
  if (!gate) {
    return fail("{}: '{}' is not passed, failed or not_checked", fields.place_of("gate"), text);
  }
  verdict.gate = *gate;
  return fields.read("reason", verdict.reason);
}

}  // namespace

Json to_json(const LogProbabilities& figures) {
  Json json = Json::object();
  json["perplexity"] = figures.perplexity;
  json["mean_log_probability"] = figures.mean;
  json["sd_log_probability"] = figures.sd;
  json["min_log_probability"] = figures.min;
  json["max_log_probability"] = figures.max;
  json["tokens"] = figures.tokens;
  return json;
}

Json to_json(const PerplexityRun& run) {
  Json json = to_json(run.figures);
  json["batches"] = run.batches;
  json["seconds"] = run.seconds;
  json["forward_s"] = run.forward_s;
  return json;
}

Result<PerplexityRun> parse_perplexity(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  PerplexityRun run;
  std::uint64_t tokens = 0;
  std::uint64_t batches = 0;
  TRY(fields.require("perplexity", run.figures.perplexity));
  TRY(fields.require("mean_log_probability", run.figures.mean));
  TRY(fields.require("sd_log_probability", run.figures.sd));
  TRY(fields.require("min_log_probability", run.figures.min));
  TRY(fields.require("max_log_probability", run.figures.max));
  TRY(fields.require("tokens", tokens));
  TRY(fields.require("batches", batches));
  TRY(fields.require("seconds", run.seconds));
  TRY(fields.require("forward_s", run.forward_s));
  TRY(fields.finish());
  run.figures.tokens = tokens;
  run.batches = batches;
  return run;
}

Json to_json(const QualityResult& result) {
  Json json = Json::object();
  json["model"] = result.model;
  json["backend"] = result.backend;
  json["precision"] = result.precision;
  json["reference"] = result.reference;
  json["gate"] = to_string(result.verdict.gate);
  json["reason"] = result.verdict.reason;
  json["parity"] = or_null(result.figures.parity);
  json["parity_error"] = result.figures.parity_error;
  json["wants_perplexity"] = result.figures.wants_perplexity;
  json["perplexity"] = or_null(result.figures.perplexity);
  json["perplexity_error"] = result.figures.perplexity_error;
  json["reference_perplexity"] =
      result.figures.reference_perplexity ? Json(*result.figures.reference_perplexity) : Json(nullptr);
  if (result.figures.wants_exactness) {
    json["exactness"] = or_null(result.figures.exactness);
    json["exactness_error"] = result.figures.exactness_error;
  }
  json["inputs"] = result.inputs;
  return json;
}

Result<QualityResult> parse_quality_result(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  QualityResult result;
  TRY(fields.require("model", result.model));
  TRY(fields.require("backend", result.backend));
  TRY(fields.read("precision", result.precision));
  TRY(fields.read("reference", result.reference));
  TRY(parse_verdict(fields, result.verdict));
  TRY(read_or_null(fields, "parity", result.figures.parity, parse_parity));
  TRY(fields.read("parity_error", result.figures.parity_error));
  TRY(fields.read("wants_perplexity", result.figures.wants_perplexity));
  TRY(read_or_null(fields, "perplexity", result.figures.perplexity, parse_perplexity));
  TRY(fields.read("perplexity_error", result.figures.perplexity_error));
  if (const Json* reference = fields.find("reference_perplexity");
      reference != nullptr && !reference->is_null()) {
    double value = 0;
    TRY(fields.read("reference_perplexity", value));
    result.figures.reference_perplexity = value;
  }
  result.figures.wants_exactness = fields.find("exactness") != nullptr;
  TRY(read_or_null(fields, "exactness", result.figures.exactness, parse_parity));
  TRY(fields.read("exactness_error", result.figures.exactness_error));
  if (const Json* inputs = fields.find("inputs"); inputs != nullptr) {
    result.inputs = *inputs;
  }
  TRY(fields.finish());
  return result;
}

std::filesystem::path quality_file(const std::filesystem::path& results_dir) {
  return results_dir / "quality.json";
}

Result<std::vector<QualityResult>> read_quality(const std::filesystem::path& results_dir) {
  std::vector<QualityResult> results;
  const auto file = quality_file(results_dir);
  if (!std::filesystem::exists(file)) {
    return results;
  }
  TRY_ASSIGN(const Json json, read_json_file(file));
  FieldReader fields(json, file.string());
  int version = 0;
  TRY(fields.require("schema_version", version));
  if (version != kQualitySchemaVersion) {
    return fail("{}: schema_version is {}, and this inferscale reads {}", file.string(), version,
                kQualitySchemaVersion);
  }
  const Json* list = fields.find("results");
  if (list == nullptr || !list->is_array()) {
    return fail("{}: must be a list", fields.place_of("results"));
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    TRY_ASSIGN(QualityResult result,
               parse_quality_result((*list)[i], fmt::format("{}[{}]", fields.place_of("results"), i)));
    results.push_back(std::move(result));
  }
  TRY(fields.finish());
  return results;
}

Result<void> write_quality(const std::filesystem::path& results_dir,
                           const std::vector<QualityResult>& results) {
  Json json = Json::object();
  json["schema_version"] = kQualitySchemaVersion;
  json["results"] = Json::array();
  for (const auto& result : results) {
    json["results"].push_back(to_json(result));
  }
  return write_file_atomic(quality_file(results_dir), to_pretty(json));
}

}  // namespace inferscale::record
