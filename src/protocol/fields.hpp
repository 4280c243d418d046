#pragma once

#include "core/fields.hpp"
#include "protocol/measurement.hpp"
#include "protocol/scenario.hpp"

// The fields of what plans, rows and messages have in common.

namespace inferscale::protocol {

/// "prefill", "generate" or "decode".
struct ModeCodec {
  static Json write(Mode mode) { return to_string(mode); }
  static Result<void> read(FieldReader& reader, std::string_view name, Mode& mode);
};

/// Of a repetition. The largest of a rule is from its smallest on.
constexpr NumberRange kIterationsRange{1, 1'000'000};

constexpr auto declared_fields(const Scenario* /*type*/) {
  return std::tuple{
      field<&Scenario::name>("name", {.required = true}),
      field<&Scenario::batch>("batch", {.required = true, .range = NumberRange{1, 4096}}),
      field<&Scenario::prompt_tokens>("prompt_tokens", {.required = true, .range = NumberRange{1, 1 << 20}}),
      differing(field<&Scenario::new_tokens>("new_tokens",
                                             {.otherwise = "the plan's", .range = NumberRange{0, 1 << 20}}))};
}

constexpr auto declared_fields(const StoppingRule* /*type*/) {
  return std::tuple{
      field<&StoppingRule::target_relative_half_width>("target_relative_half_width",
                                                       {.range = NumberRange{0, 1}}),
      field<&StoppingRule::min_iterations>("min_iterations", {.range = kIterationsRange}),
      field<&StoppingRule::max_iterations>("max_iterations"),
      field<&StoppingRule::max_s>("max_s", {.unit = "s", .range = NumberRange{1e-6, 7.0 * 24 * 3600}})};
}

constexpr auto declared_fields(const LatencySummary* /*type*/) {
  constexpr FieldFacts kMilliseconds{.unit = "ms", .required = true};
  return std::tuple{field<&LatencySummary::mean>("mean", kMilliseconds),
                    field<&LatencySummary::median>("median", kMilliseconds),
                    field<&LatencySummary::p90>("p90", kMilliseconds),
                    field<&LatencySummary::p99>("p99", kMilliseconds),
                    field<&LatencySummary::min>("min", kMilliseconds),
                    field<&LatencySummary::max>("max", kMilliseconds),
                    field<&LatencySummary::sd>("sd", kMilliseconds)};
}

/// Refuses negative times too. The caller says whether other fields are errors.
Result<void> read_latency(FieldReader& reader, LatencySummary& latency);

}  // namespace inferscale::protocol
