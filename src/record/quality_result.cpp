#include "record/quality_result.hpp"

#include "core/files.hpp"
#include "record/quality_fields.hpp"

namespace inferscale::record {

Result<void> GateCodec::read(FieldReader& reader, std::string_view name, Gate& gate) {
  std::string text(to_string(gate));
  TRY(reader.read(name, text));
  const auto parsed = parse_gate(text);
  if (!parsed) {
    return fail("{}: '{}' is not passed, failed, not_checked or not_measured", reader.place_of(name), text);
  }
  gate = *parsed;
  return {};
}

Json to_json(const LogProbabilities& figures) {
  return fields_json(figures);
}

Json to_json(const PerplexityRun& run) {
  return fields_json(run);
}

Result<PerplexityRun> parse_perplexity(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  PerplexityRun run;
  TRY(read_fields(fields, run));
  TRY(fields.finish());
  return run;
}

Json to_json(const QualityResult& result) {
  Json json = Json::object();
  write_fields(quality_figures_fields(), result, json);
  if (result.figures.wants_exactness) {
    write_fields(quality_exactness_fields(), result, json);
  }
  if (result.figures.wants_cached) {
    write_fields(quality_cached_fields(), result, json);
  }
  write_fields(quality_inputs_field(), result, json);
  return json;
}

Result<QualityResult> parse_quality_result(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  QualityResult result;
  TRY(read_fields(fields, result));
  TRY(fields.finish());
  result.figures.wants_exactness = fields.find("exactness") != nullptr;
  result.figures.wants_cached = fields.find("cached_perplexity") != nullptr;
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
  TRY(read_schema_version(fields, kQualitySchemaVersion));
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
