#pragma once

#include "analysis/analysis_fields.hpp"
#include "analysis/decode_costs.hpp"
#include "analysis/precision_cost.hpp"
#include "analysis/roofline.hpp"
#include "analysis/serving_cost.hpp"

// The JSON of roofline.json, precision.json, cost.json and decode.json, declared once.

namespace inferscale::analysis {

inline std::string_view bound_of(const RooflineShare& share) {
  return share.compute_bound ? "compute" : "memory";
}
constexpr auto declared_fields(const RooflineShare* /*type*/) {
  using R = RooflineShare;
  return std::tuple{mode_field<&R::mode>(),
                    field<&R::model>("model"),
                    field<&R::backend>("backend"),
                    field<&R::scenario>("scenario"),
                    field<&R::latency_ms>("latency_ms", {.unit = "ms"}),
                    field<&R::limit_ms>("limit_ms", {.unit = "ms"}),
                    field<&R::share>("share"),
                    computed_field<&bound_of>("bound", kName),
                    field<&R::read_gb_s>("read_gb_s", {.unit = "GB/s"}),
                    field<&R::gflop_s>("gflop_s", {.unit = "GFLOP/s"}),
                    field<&R::flop_per_byte>("flop_per_byte", {.unit = "operations/byte"})};
}

/// Serving until a build has paid for itself.
template <class Build>
std::optional<double> paid_back_s(const Build& build) {
  return build.paid_back ? std::optional(build.paid_back->seconds) : std::nullopt;
}
template <class Build>
std::optional<double> paid_back_tokens(const Build& build) {
  return build.paid_back ? std::optional(build.paid_back->tokens) : std::nullopt;
}

constexpr auto declared_fields(const PrecisionComparison* /*type*/) {
  using P = PrecisionComparison;
  return std::tuple{mode_field<&P::mode>(),
                    field<&P::model>("model"),
                    field<&P::backend>("backend"),
                    field<&P::precision>("precision"),
                    field<&P::reference>("reference"),
                    field<&P::throughput_tok_s>("throughput_tok_s", {.unit = "tokens/s"}),
                    field<&P::speedup>("speedup"),
                    field<&P::build_s>("build_s", {.unit = "s"}),
                    field<&P::artifact_bytes>("artifact_bytes", {.unit = "bytes"}),
                    field<&P::perplexity>("perplexity"),
                    field<&P::perplexity_change>("perplexity_change"),
                    field<&P::gate>("gate"),
                    computed_field<&paid_back_s<P>>("paid_back_after_s", {.unit = "s"}),
                    computed_field<&paid_back_tokens<P>>("paid_back_after_tokens", {.unit = "tokens"})};
}

inline std::optional<double> extra_build_s(const ServingCost& cost) {
  return cost.paid_back ? std::optional(cost.extra_build_s) : std::nullopt;
}
constexpr auto declared_fields(const ServingCost* /*type*/) {
  using S = ServingCost;
  return std::tuple{mode_field<&S::mode>(),
                    field<&S::model>("model"),
                    field<&S::parameters>("parameters"),
                    field<&S::backend>("backend"),
                    field<&S::throughput_tok_s>("throughput_tok_s", {.unit = "tokens/s"}),
                    field<&S::build_s>("build_s", {.unit = "s"}),
                    field<&S::price_per_hour>("price_per_hour"),
                    field<&S::price_per_million_tokens>("price_per_million_tokens"),
                    interval_field<&S::price_ci95>("price_ci95"),
                    name_field<&S::paid_back_against>("paid_back_against"),
                    computed_field<&extra_build_s>("extra_build_s", {.unit = "s"}),
                    computed_field<&paid_back_s<S>>("paid_back_after_s", {.unit = "s"}),
                    computed_field<&paid_back_tokens<S>>("paid_back_after_tokens", {.unit = "tokens"})};
}

constexpr auto declared_fields(const OutputLength* /*type*/) {
  using O = OutputLength;
  return std::tuple{mode_field<&O::mode>(),          field<&O::model>("model"),
                    field<&O::scenario>("scenario"), field<&O::later>("later"),
                    field<&O::sooner>("sooner"),     field<&O::new_tokens>("new_tokens", {.unit = "tokens"})};
}

constexpr auto declared_fields(const StepGrowth* /*type*/) {
  using S = StepGrowth;
  return std::tuple{mode_field<&S::mode>(),
                    field<&S::model>("model"),
                    field<&S::backend>("backend"),
                    field<&S::batch>("batch"),
                    field<&S::contexts>("contexts"),
                    field<&S::least>("least_tokens", {.unit = "tokens"}),
                    field<&S::most>("most_tokens", {.unit = "tokens"}),
                    field<&S::ms_at_least>("ms_at_least", {.unit = "ms"}),
                    field<&S::ms_per_1000_tokens>("ms_per_1000_tokens", {.unit = "ms"}),
                    field<&S::most_over_least>("most_over_least")};
}

}  // namespace inferscale::analysis
