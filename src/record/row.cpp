#include "record/row.hpp"

#include "protocol/modes/descriptor.hpp"
#include "record/row_fields.hpp"
#include "record/variant.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

constexpr auto kIdentity = row_identity_fields();
constexpr auto kMeasured = row_measured_fields();

/// A row that is not ok has none of what is measured: each field is null or absent.
Result<void> refuse_measured(FieldReader& fields, const Row& row) {
  Result<void> result;
  for_each_field(kMeasured, [&](const auto& field) {
    if (const Json* found = fields.find(field.name); result && found != nullptr && !found->is_null()) {
      result = fail("{}: field '{}' must be null in a row whose outcome is '{}'", fields.place(), field.name,
                    to_string(row.outcome));
    }
  });
  return result;
}

}  // namespace

Result<void> check_identity(const Row& row, std::string_view place) {
  if (row.repetition < 0 || row.scenario.batch < 1 || row.scenario.prompt_tokens < 1 || row.new_tokens < 0) {
    return fail("{}: repetition and new_tokens must not be negative, batch and prompt_tokens at least 1",
                place);
  }
  return {};
}

Result<void> check_measured(const Row& row, std::string_view place) {
  if (row.iterations < 1) {
    return fail("{}: field 'iterations' must be at least 1 in an ok row", place);
  }
  if (!(row.throughput_tok_s > 0) || !(row.latency_ms.mean > 0)) {
    return fail("{}: an ok row needs a throughput and a mean latency above 0", place);
  }
  return {};
}

Result<void> OutcomeCodec::read(FieldReader& reader, std::string_view name, Outcome& outcome) {
  std::string text(to_string(outcome));
  TRY(reader.read(name, text));
  const auto parsed = parse_outcome(text);
  if (!parsed) {
    return fail("{}: field '{}' has the unknown value '{}'", reader.place(), name, text);
  }
  outcome = *parsed;
  return {};
}

Result<void> LatencyCodec::read(FieldReader& reader, std::string_view name, LatencySummary& latency) {
  const Json* found = reader.find(name);
  if (found == nullptr) {
    return {};
  }
  FieldReader inner(*found, reader.place_of(name));
  TRY(read_latency(inner, latency));
  return inner.finish();
}

std::optional<std::string> not_as_asked(const Row& row) {
  const auto found = row.details.find(kNotAsAsked);
  return found != row.details.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                          : std::nullopt;
}

std::string name_in_plan(const Row& row) {
  return name_in_plan(row.backend, row.variant);
}

Json to_json(const Row& row) {
  const bool ok = row.outcome == Outcome::ok;
  Json json = Json::object();
  json["schema_version"] = kRowSchemaVersion;
  write_fields(kIdentity, row, json);
  if (row.variant.empty()) {
    json.erase("variant");  // rows of a backend as it is are what they always were
  }
  for_each_field(kMeasured, [&](const auto& field) {
    json[std::string(field.name)] = nullptr;
    if (ok) {
      field.write(row, json);
    }
  });
  const ModeDescriptor& mode = descriptor(row.mode);
  if (!mode.fills_field(ModeField::new_tok_s)) {
    json["new_tok_s"] = nullptr;
  }
  if (!mode.fills_field(ModeField::time_to_first_token_ms)) {
    json["time_to_first_token_ms"] = nullptr;
    json["kv_bytes_per_token"] = nullptr;
  }
  return json;
}

Result<Row> parse_row(const Json& json, const std::string& place) {
  if (!json.is_object()) {
    return fail("{}: a row must be a JSON object", place);
  }
  FieldReader fields(json, place);
  TRY(read_schema_version(fields, kRowSchemaVersion));
  Row row;
  TRY(read_fields(kIdentity, fields, row));
  TRY(check_identity(row, place));
  if (row.outcome == Outcome::ok) {
    TRY(read_fields(kMeasured, fields, row));
    TRY(check_measured(row, place));
  } else {
    TRY(refuse_measured(fields, row));
  }
  TRY(fields.finish());
  return row;
}

}  // namespace inferscale::record
