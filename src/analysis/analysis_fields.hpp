#pragma once

#include "analysis/analysis.hpp"
#include "analysis/statistics_fields.hpp"

// The JSON of an analysis, declared once: cells, means, comparisons, crossovers, decisions.

namespace inferscale::analysis {

struct OutcomesCodec {
  static Json write(const std::map<Outcome, int>& counts);
};

constexpr auto declared_fields(const OutcomeCounts* /*type*/) {
  return std::tuple{field<&OutcomeCounts::runs>("runs"), field<&OutcomeCounts::ok>("ok"),
                    field<&OutcomeCounts::unsupported>("unsupported"),
                    field<&OutcomeCounts::degraded>("degraded"),
                    coded_field<OutcomesCodec, &OutcomeCounts::by_outcome>("by_outcome")};
}

/// A figure of a cell with an ok repetition.
template <auto Member>
auto if_ok(const CellStatistics& cell) {
  return cell.outcomes.ok > 0 ? std::optional(cell.*Member) : std::nullopt;
}
/// By name, the metrics that have no field of their own.
Json other_metrics(const CellStatistics& cell);

constexpr auto declared_fields(const CellStatistics* /*type*/) {
  using C = CellStatistics;
  return std::tuple{
      field<&C::model>("model"),
      field<&C::parameters>("parameters"),
      field<&C::backend>("backend"),
      field<&C::scenario, &protocol::Scenario::name>("scenario"),
      field<&C::scenario, &protocol::Scenario::batch>("batch"),
      field<&C::scenario, &protocol::Scenario::prompt_tokens>("prompt_tokens"),
      mode_field<&C::mode>(),
      field<&C::outcomes>("outcomes"),
      computed_field<&if_ok<&C::latency_ms>>("latency_ms", {.unit = "ms"}),
      computed_field<&if_ok<&C::throughput_tok_s>>("throughput_tok_s", {.unit = "tokens/s"}),
      field<&C::new_tok_s>("new_tok_s", {.unit = "tokens/s"}),
      field<&C::time_to_first_token_ms>("time_to_first_token_ms", {.unit = "ms"}),
      computed_field<&if_ok<&C::load_s>>("load_s", {.unit = "s"}),
      computed_field<&if_ok<&C::memory_peak_mb>>("memory_peak_mb", {.unit = "MiB"}),
      computed_field<&if_ok<&C::gpu_memory_peak_mb>>("gpu_memory_peak_mb", {.unit = "MiB"}),
      field<&C::outliers>("outlier_repetitions"),
      field<&C::throttled>("throttled"),
      field<&C::throttle_reasons>("throttle_reasons"),
      name_field<&C::first_error>("first_error"),
      computed_field<&other_metrics>("metrics"),
  };
}

constexpr auto declared_fields(const OverallMean* /*type*/) {
  using O = OverallMean;
  return std::tuple{field<&O::model>("model"),
                    field<&O::parameters>("parameters"),
                    field<&O::backend>("backend"),
                    mode_field<&O::mode>(),
                    field<&O::complete>("complete"),
                    field<&O::throughput_tok_s>("throughput_tok_s", {.unit = "tokens/s"}),
                    field<&O::scenarios>("scenarios"),
                    field<&O::missing>("missing_scenarios"),
                    field<&O::repetitions_left_out>("repetitions_left_out"),
                    metric_field<&O::metric>(),
                    field<&O::value>("value")};
}

constexpr auto declared_fields(const OutcomeTotal* /*type*/) {
  using O = OutcomeTotal;
  return std::tuple{field<&O::backend>("backend"),
                    mode_field<&O::mode>(),
                    EmbeddedFields<&O::outcomes>(),
                    field<&O::missing>("missing"),
                    field<&O::degradation_rate>("degradation_rate"),
                    interval_field<&O::ci95>("degradation_rate_ci95")};
}

/// The better backend of a comparison; none: a tie, or no interval.
template <class Comparison>
std::optional<std::string> winner_of(const Comparison& one) {
  return one.test.winner == 0 ? std::nullopt : std::optional(one.test.winner > 0 ? one.first : one.second);
}

constexpr auto declared_fields(const ScenarioComparison* /*type*/) {
  using S = ScenarioComparison;
  return std::tuple{field<&S::model>("model"),  field<&S::parameters>("parameters"),
                    mode_field<&S::mode>(),     field<&S::scenario>("scenario"),
                    field<&S::first>("first"),  field<&S::second>("second"),
                    EmbeddedFields<&S::test>(), computed_field<&winner_of<S>>("winner"),
                    metric_field<&S::metric>()};
}

inline std::optional<double> first_tok_s(const OverallComparison& one) {
  return if_throughput(one.metric, one.first_mean);
}
inline std::optional<double> second_tok_s(const OverallComparison& one) {
  return if_throughput(one.metric, one.second_mean);
}
constexpr auto declared_fields(const OverallComparison* /*type*/) {
  using O = OverallComparison;
  return std::tuple{field<&O::model>("model"),
                    field<&O::parameters>("parameters"),
                    mode_field<&O::mode>(),
                    field<&O::first>("first"),
                    field<&O::second>("second"),
                    field<&O::complete>("complete"),
                    field<&O::scenarios>("scenarios"),
                    computed_field<&first_tok_s>("first_tok_s", {.unit = "tokens/s"}),
                    computed_field<&second_tok_s>("second_tok_s", {.unit = "tokens/s"}),
                    field<&O::test>("overall"),
                    computed_field<&winner_of<O>>("winner"),
                    field<&O::paired>("across_scenarios"),
                    metric_field<&O::metric>(),
                    field<&O::first_mean>("first_value"),
                    field<&O::second_mean>("second_value")};
}

constexpr auto declared_fields(const CurvatureTest* /*type*/) {
  return std::tuple{field<&CurvatureTest::quadratic>("quadratic"), field<&CurvatureTest::t>("t"),
                    field<&CurvatureTest::df>("df"), field<&CurvatureTest::p>("p")};
}
constexpr auto declared_fields(const CrossoverFit* /*type*/) {
  using F = CrossoverFit;
  return std::tuple{field<&F::n>("n"),
                    field<&F::k>("k"),
                    field<&F::a0>("a0"),
                    field<&F::r_squared>("r_squared"),
                    field<&F::slope_p>("slope_p"),
                    field<&F::crossover>("crossover_parameters"),
                    field<&F::fieller>("fieller"),
                    field<&F::ci95_low>("ci95_low_parameters"),
                    field<&F::ci95_high>("ci95_high_parameters"),
                    interval_field<&F::excluded>("excluded_parameters"),
                    field<&F::extrapolated>("extrapolated"),
                    interval_field<&F::leave_one_out>("leave_one_out_parameters"),
                    field<&F::curvature>("curvature")};
}
constexpr auto declared_fields(const Crossover::Bracket* /*type*/) {
  using B = Crossover::Bracket;
  return std::tuple{field<&B::low_model>("low_model"),
                    field<&B::low_parameters>("low_parameters"),
                    field<&B::low_winner>("low_winner"),
                    field<&B::high_model>("high_model"),
                    field<&B::high_parameters>("high_parameters"),
                    field<&B::high_winner>("high_winner"),
                    field<&B::interpolated>("interpolated_parameters"),
                    field<&B::ties>("ties")};
}
constexpr auto declared_fields(const RatioPoint* /*type*/) {
  using P = RatioPoint;
  return std::tuple{field<&P::model>("model"),
                    field<&P::parameters>("parameters"),
                    field<&P::ratio>("ratio"),
                    interval_field<&P::ci95>("ratio_ci95"),
                    name_field<&P::winner_name>("winner"),
                    field<&P::complete>("complete")};
}
constexpr auto declared_fields(const Crossover* /*type*/) {
  using C = Crossover;
  return std::tuple{field<&C::first>("first"),
                    field<&C::second>("second"),
                    field<&C::mode>("mode"),
                    name_field<&C::scenario>("scenario"),
                    field<&C::scenarios>("scenarios"),
                    field<&C::brackets>("brackets"),
                    field<&C::fit>("fit"),
                    field<&C::points>("points"),
                    metric_field<&C::metric>()};
}

inline std::optional<double> smallest_tok_s(const BackendScaling& one) {
  return if_throughput(one.metric, one.smallest_value);
}
inline std::optional<double> largest_tok_s(const BackendScaling& one) {
  return if_throughput(one.metric, one.largest_value);
}
/// Empty: none.
inline std::string trend_name(const BackendScaling& one) {
  return one.trend ? std::string(to_string(*one.trend)) : std::string();
}
constexpr auto declared_fields(const BackendScaling* /*type*/) {
  using S = BackendScaling;
  return std::tuple{field<&S::backend>("backend"),
                    mode_field<&S::mode>(),
                    field<&S::n>("sizes"),
                    field<&S::exponent>("exponent"),
                    interval_field<&S::exponent_ci95>("exponent_ci95"),
                    field<&S::r_squared>("r_squared"),
                    field<&S::smallest_model>("smallest_model"),
                    computed_field<&smallest_tok_s>("smallest_tok_s", {.unit = "tokens/s"}),
                    field<&S::largest_model>("largest_model"),
                    computed_field<&largest_tok_s>("largest_tok_s", {.unit = "tokens/s"}),
                    name_field<&S::advantage_smallest_model>("advantage_smallest_model"),
                    field<&S::advantage_smallest>("advantage_smallest"),
                    name_field<&S::advantage_largest_model>("advantage_largest_model"),
                    field<&S::advantage_largest>("advantage_largest"),
                    metric_field<&S::metric>(),
                    field<&S::smallest_value>("smallest_value"),
                    field<&S::largest_value>("largest_value"),
                    field<&S::advantage_change>("advantage_change"),
                    computed_field<&trend_name>("trend", kName)};
}

constexpr auto declared_fields(const RankedBackend* /*type*/) {
  using R = RankedBackend;
  return std::tuple{field<&R::backend>("backend"), field<&R::value>("value"),
                    field<&R::behind, &RatioTest::ratio>("use_over_this"),
                    interval_field<&R::behind, &RatioTest::ci95>("use_over_this_ci95"),
                    field<&R::verdict>("verdict", kName)};
}
constexpr auto declared_fields(const DecisionLine* /*type*/) {
  using L = DecisionLine;
  return std::tuple{field<&L::basis>("basis"),
                    field<&L::low_parameters>("low_parameters"),
                    field<&L::high_parameters>("high_parameters"),
                    field<&L::models>("models"),
                    name_field<&L::use>("use"),
                    field<&L::alike_with>("alike_with"),
                    field<&L::undecided_with>("undecided_with"),
                    name_field<&L::winner>("winner"),
                    field<&L::tied_with>("tied_with"),
                    name_field<&L::runner_up>("runner_up"),
                    field<&L::margin>("margin"),
                    name_field<&L::margin_over>("margin_over"),
                    field<&L::ranking>("ranking"),
                    field<&L::why>("why")};
}
constexpr auto declared_fields(const PartDecision* /*type*/) {
  return std::tuple{field<&PartDecision::batch>("batch"), name_field<&PartDecision::scenario>("scenario"),
                    field<&PartDecision::lines>("lines")};
}
constexpr auto declared_fields(const LeftOut* /*type*/) {
  return std::tuple{field<&LeftOut::backend>("backend"), field<&LeftOut::model>("model"),
                    field<&LeftOut::reason>("reason")};
}
constexpr auto declared_fields(const Decision* /*type*/) {
  return std::tuple{mode_field<&Decision::mode>(),          field<&Decision::bands>("bands"),
                    field<&Decision::lines>("lines"),       field<&Decision::left_out>("left_out"),
                    metric_field<&Decision::metric>(),      field<&Decision::indifference>("indifference"),
                    field<&Decision::by_batch>("by_batch"), field<&Decision::by_scenario>("by_scenario")};
}

/// All of it, for `inferscale analyze --json`.
constexpr auto declared_fields(const Analysis* /*type*/) {
  using A = Analysis;
  return std::tuple{field<&A::study>("study"),
                    name_field<&A::baseline>("baseline"),
                    field<&A::notices>("notices"),
                    field<&A::decisions>("decisions"),
                    field<&A::overall>("overall"),
                    field<&A::outcomes>("outcomes"),
                    field<&A::crossovers>("crossovers"),
                    field<&A::scaling>("scaling"),
                    field<&A::overall_comparisons>("overall_comparisons"),
                    field<&A::cells>("cells"),
                    field<&A::scenario_comparisons>("scenario_comparisons"),
                    field<&A::scenario_crossovers>("scenario_crossovers")};
}

Json to_json(const Analysis& analysis);

}  // namespace inferscale::analysis
