#pragma once

#include "core/fields.hpp"
#include "record/quality_result.hpp"

namespace inferscale::record {

struct GateCodec {
  static Json write(Gate gate) { return to_string(gate); }
  static Result<void> read(FieldReader& reader, std::string_view name, Gate& gate);
};

constexpr auto declared_fields(const ParityFigures* /*type*/) {
  constexpr FieldFacts kRequired{.required = true};
  return std::tuple{
      field<&ParityFigures::positions>("positions", kRequired),
      field<&ParityFigures::largest_difference>("largest_difference", kRequired),
      field<&ParityFigures::largest_relative_difference>("largest_relative_difference", kRequired),
      field<&ParityFigures::relative_error>("relative_error", kRequired),
      field<&ParityFigures::mean_kl>("mean_kl", {.unit = "nats", .required = true}),
      field<&ParityFigures::top1_agreement>("top1_agreement", kRequired),
  };
}

constexpr auto declared_fields(const LogProbabilities* /*type*/) {
  constexpr FieldFacts kNats{.unit = "nats", .required = true};
  return std::tuple{
      field<&LogProbabilities::perplexity>("perplexity", {.required = true}),
      field<&LogProbabilities::mean>("mean_log_probability", kNats),
      field<&LogProbabilities::sd>("sd_log_probability", kNats),
      field<&LogProbabilities::min>("min_log_probability", kNats),
      field<&LogProbabilities::max>("max_log_probability", kNats),
      field<&LogProbabilities::tokens>("tokens", {.required = true}),
  };
}

constexpr auto declared_fields(const PerplexityRun* /*type*/) {
  return std::tuple{
      EmbeddedFields<&PerplexityRun::figures>{},
      field<&PerplexityRun::batches>("batches", {.required = true}),
      field<&PerplexityRun::seconds>("seconds", {.unit = "s", .required = true}),
      field<&PerplexityRun::forward_s>("forward_s", {.unit = "s", .required = true}),
  };
}

constexpr auto declared_fields(const CachedPerplexity* /*type*/) {
  constexpr FieldFacts kRequired{.required = true};
  return std::tuple{
      field<&CachedPerplexity::tokens>("tokens", kRequired),
      field<&CachedPerplexity::perplexity>("perplexity", kRequired),
      field<&CachedPerplexity::uncached_perplexity>("uncached_perplexity", kRequired),
      field<&CachedPerplexity::change>("change", kRequired),
      field<&CachedPerplexity::largest_difference>("largest_difference", {.unit = "nats", .required = true}),
      field<&CachedPerplexity::seconds>("seconds", {.unit = "s", .required = true}),
  };
}

constexpr auto declared_fields(const GreedyDifference* /*type*/) {
  constexpr FieldFacts kRequired{.required = true};
  return std::tuple{
      field<&GreedyDifference::step>("step", kRequired),
      field<&GreedyDifference::sequence>("sequence", kRequired),
      field<&GreedyDifference::token>("token", kRequired),
      field<&GreedyDifference::other_token>("other_token", kRequired),
      field<&GreedyDifference::gap>("gap", kRequired),
      field<&GreedyDifference::other_gap>("other_gap", kRequired),
  };
}

constexpr auto declared_fields(const GreedyComparison* /*type*/) {
  return std::tuple{
      field<&GreedyComparison::steps>("steps", {.required = true}),
      field<&GreedyComparison::sequences>("sequences", {.required = true}),
      field<&GreedyComparison::first>("first_difference"),
      field<&GreedyComparison::relative_error>("relative_error"),
  };
}

constexpr auto quality_figures_fields() {
  return std::tuple{
      field<&QualityResult::model>("model", {.required = true}),
      field<&QualityResult::backend>("backend", {.required = true}),
      field<&QualityResult::precision>("precision"),
      field<&QualityResult::weights>("weights", {.type = "`\"trained\"`, `\"random\"`"}),
      field<&QualityResult::reference>("reference"),
      coded_field<GateCodec, &QualityResult::verdict, &GateVerdict::gate>("gate", {.required = true}),
      field<&QualityResult::verdict, &GateVerdict::reason>("reason"),
      field<&QualityResult::figures, &QualityFigures::parity>("parity"),
      field<&QualityResult::figures, &QualityFigures::parity_error>("parity_error"),
      field<&QualityResult::figures, &QualityFigures::wants_perplexity>("wants_perplexity"),
      field<&QualityResult::figures, &QualityFigures::perplexity>("perplexity"),
      field<&QualityResult::figures, &QualityFigures::perplexity_error>("perplexity_error"),
      field<&QualityResult::figures, &QualityFigures::reference_perplexity>("reference_perplexity"),
  };
}

/// Of int8 on a CPU; the others do not have these fields.
constexpr auto quality_exactness_fields() {
  return std::tuple{
      field<&QualityResult::figures, &QualityFigures::exactness>("exactness"),
      field<&QualityResult::figures, &QualityFigures::exactness_error>("exactness_error"),
  };
}

/// Of studies of a mode with a KV cache, where the backend's worker scores single steps; the others do not
/// have these fields.
constexpr auto quality_cached_fields() {
  return std::tuple{
      field<&QualityResult::figures, &QualityFigures::cached_perplexity>("cached_perplexity"),
      field<&QualityResult::figures, &QualityFigures::cached_error>("cached_error"),
      field<&QualityResult::figures, &QualityFigures::greedy_uncached>("greedy_uncached"),
      field<&QualityResult::figures, &QualityFigures::greedy_reference>("greedy_reference"),
  };
}

constexpr auto quality_inputs_field() {
  return std::tuple{coded_field<AnyJsonCodec, &QualityResult::inputs>("inputs")};
}

constexpr auto declared_fields(const QualityResult* /*type*/) {
  return std::tuple_cat(quality_figures_fields(), quality_exactness_fields(), quality_cached_fields(),
                        quality_inputs_field());
}

}  // namespace inferscale::record
