#pragma once

#include "protocol/fields.hpp"
#include "record/row.hpp"

namespace inferscale::record {

struct OutcomeCodec {
  static Json write(Outcome outcome) { return to_string(outcome); }
  static Result<void> read(FieldReader& reader, std::string_view name, Outcome& outcome);
};

/// An object of the seven figures; other fields are errors.
struct LatencyCodec {
  static Json write(const protocol::LatencySummary& latency) { return fields_json(latency); }
  static Result<void> read(FieldReader& reader, std::string_view name, protocol::LatencySummary& latency);
};

/// What must hold of values together, in any row and in one whose outcome is ok. `place` leads errors.
Result<void> check_identity(const Row& row, std::string_view place);
Result<void> check_measured(const Row& row, std::string_view place);

/// Which cell and repetition a row is, and what became of it.
constexpr auto row_identity_fields() {
  using protocol::Scenario;
  return std::tuple{
      field<&Row::study>("study"),
      field<&Row::model>("model", {.required = true}),
      field<&Row::parameters>("parameters", {.required = true}),
      field<&Row::backend>("backend", {.required = true}),
      field<&Row::variant>("variant"),
      field<&Row::runtime_version>("runtime_version"),
      field<&Row::device>("device"),
      field<&Row::precision>("precision"),
      field<&Row::scenario, &Scenario::name>("scenario", {.required = true}),
      field<&Row::scenario, &Scenario::batch>("batch", {.required = true}),
      field<&Row::scenario, &Scenario::prompt_tokens>("prompt_tokens", {.required = true}),
      field<&Row::new_tokens>("new_tokens"),
      coded_field<protocol::ModeCodec, &Row::mode>("mode", {.required = true}),
      field<&Row::repetition>("repetition", {.required = true}),
      coded_field<OutcomeCodec, &Row::outcome>("outcome", {.required = true}),
      field<&Row::error>("error"),
      field<&Row::started_at>("started_at"),
      field<&Row::threads>("threads"),
      field<&Row::load_s>("load_s", {.unit = "s"}),
  };
}

/// What only a row has whose outcome is ok: null in the others.
constexpr auto row_measured_fields() {
  return std::tuple{
      field<&Row::warmup_iterations>("warmup_iterations", {.required = true}),
      field<&Row::iterations>("iterations", {.required = true}),
      coded_field<LatencyCodec, &Row::latency_ms>("latency_ms", {.unit = "ms", .required = true}),
      field<&Row::throughput_tok_s>("throughput_tok_s", {.unit = "tokens/s", .required = true}),
      field<&Row::new_tok_s>("new_tok_s", {.unit = "tokens/s", .nullable = true}),
      field<&Row::time_to_first_token_ms>("time_to_first_token_ms", {.unit = "ms", .nullable = true}),
      field<&Row::time_per_output_token_ms>("time_per_output_token_ms", {.unit = "ms", .nullable = true}),
      field<&Row::kv_bytes_per_token>("kv_bytes_per_token", {.unit = "bytes", .nullable = true}),
      field<&Row::memory_peak_mb>("memory_peak_mb", {.unit = "MiB", .nullable = true}),
      field<&Row::gpu_memory_peak_mb>("gpu_memory_peak_mb", {.unit = "MiB", .nullable = true}),
      coded_field<AnyJsonCodec, &Row::clocks>("clocks", {.type = "object"}),
      coded_field<JsonObjectCodec, &Row::details>("details"),
      field<&Row::tokens_sha256>("tokens_sha256"),
  };
}

constexpr auto declared_fields(const Row* /*type*/) {
  return std::tuple_cat(row_identity_fields(), row_measured_fields());
}

}  // namespace inferscale::record
