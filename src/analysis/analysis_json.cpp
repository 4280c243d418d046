#include "analysis/analysis_json.hpp"

#include <cmath>

namespace inferscale::analysis {
namespace {

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json(nullptr);
}

Json name_or_null(const std::string& name) {
  return name.empty() ? Json(nullptr) : Json(name);
}

void add_size(Json& json, const std::string& model, std::int64_t parameters) {
  json["model"] = model;
  json["parameters"] = parameters;
}

Json bracket_json(const Crossover::Bracket& bracket) {
  Json json = Json::object();
  json["low_model"] = bracket.low_model;
  json["low_parameters"] = number_json(bracket.low_parameters);
  json["low_winner"] = bracket.low_winner;
  json["high_model"] = bracket.high_model;
  json["high_parameters"] = number_json(bracket.high_parameters);
  json["high_winner"] = bracket.high_winner;
  json["interpolated_parameters"] = number_json(bracket.interpolated);
  json["ties"] = bracket.ties;
  return json;
}

std::string winner_name(int winner, const std::string& first, const std::string& second) {
  return winner > 0 ? first : (winner < 0 ? second : "");
}

Json point_json(const RatioPoint& point, const Crossover& crossover) {
  Json json = Json::object();
  json["model"] = point.model;
  json["parameters"] = number_json(point.parameters);
  json["ratio"] = number_json(point.ratio);
  json["ratio_ci95"] = to_json(point.ci95);
  json["winner"] = name_or_null(winner_name(point.winner, crossover.first, crossover.second));
  json["complete"] = point.complete;
  return json;
}

}  // namespace

Json number_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json number_json(const std::optional<double>& value) {
  return value ? number_json(*value) : Json(nullptr);
}

Json to_json(const Interval& interval) {
  return Json::array({number_json(interval.low), number_json(interval.high)});
}

Json to_json(const std::optional<Interval>& interval) {
  return interval ? to_json(*interval) : Json(nullptr);
}

Json to_json(const Estimate& estimate) {
  Json json = Json::object();
  json["n"] = estimate.n;
  json["mean"] = number_json(estimate.mean);
  json["sd"] = estimate.n >= 2 ? number_json(estimate.sd) : Json(nullptr);
  json["ci95"] = to_json(estimate.ci95);
  return json;
}

Json to_json(const RatioTest& test) {
  Json json = Json::object();
  json["n_first"] = test.n_first;
  json["n_second"] = test.n_second;
  json["ratio"] = number_json(test.ratio);
  json["ratio_ci95"] = to_json(test.ci95);
  json["t"] = number_json(test.t);
  json["df"] = number_json(test.df);
  json["p"] = number_json(test.p);
  json["p_holm"] = number_json(test.p_holm);
  json["cohens_d"] = number_json(test.cohens_d);
  json["hedges_g"] = number_json(test.hedges_g);
  return json;
}

Json to_json(const PairedTest& test) {
  Json json = Json::object();
  json["n"] = test.n;
  json["ratio"] = number_json(test.ratio);
  json["ratio_ci95"] = to_json(test.ci95);
  json["t"] = number_json(test.t);
  json["df"] = number_json(test.df);
  json["p"] = number_json(test.p);
  json["p_holm"] = number_json(test.p_holm);
  return json;
}

Json to_json(const OutcomeCounts& counts) {
  Json json = Json::object();
  json["runs"] = counts.runs;
  json["ok"] = counts.ok;
  json["unsupported"] = counts.unsupported;
  json["degraded"] = counts.degraded;
  json["by_outcome"] = Json::object();
  for (const auto& [outcome, count] : counts.by_outcome) {
    json["by_outcome"][std::string(to_string(outcome))] = count;
  }
  return json;
}

Json to_json(const CellStatistics& cell) {
  Json json = Json::object();
  add_size(json, cell.model, cell.parameters);
  json["backend"] = cell.backend;
  json["scenario"] = cell.scenario.name;
  json["batch"] = cell.scenario.batch;
  json["prompt_tokens"] = cell.scenario.prompt_tokens;
  json["mode"] = to_string(cell.mode);
  json["outcomes"] = to_json(cell.outcomes);
  const bool ok = cell.outcomes.ok > 0;
  json["latency_ms"] = ok ? to_json(cell.latency_ms) : Json(nullptr);
  json["throughput_tok_s"] = ok ? to_json(cell.throughput_tok_s) : Json(nullptr);
  json["new_tok_s"] = optional_json(cell.new_tok_s);
  json["time_to_first_token_ms"] = optional_json(cell.time_to_first_token_ms);
  json["load_s"] = ok ? number_json(cell.load_s) : Json(nullptr);
  json["memory_peak_mb"] = ok ? number_json(cell.memory_peak_mb) : Json(nullptr);
  json["gpu_memory_peak_mb"] = ok ? number_json(cell.gpu_memory_peak_mb) : Json(nullptr);
  json["outlier_repetitions"] = cell.outliers;
  json["throttled"] = cell.throttled;
  json["throttle_reasons"] = cell.throttle_reasons;
  json["first_error"] = name_or_null(cell.first_error);
  return json;
}

Json to_json(const OverallMean& overall) {
  Json json = Json::object();
  add_size(json, overall.model, overall.parameters);
  json["backend"] = overall.backend;
  json["mode"] = to_string(overall.mode);
  json["complete"] = overall.complete;
  json["throughput_tok_s"] = to_json(overall.throughput_tok_s);
  json["scenarios"] = overall.scenarios;
  json["missing_scenarios"] = overall.missing;
  json["repetitions_left_out"] = overall.repetitions_left_out;
  return json;
}

Json to_json(const OutcomeTotal& total) {
  Json json = Json::object();
  json["backend"] = total.backend;
  json["mode"] = to_string(total.mode);
  json.update(to_json(total.outcomes));
  json["missing"] = total.missing;
  json["degradation_rate"] = number_json(total.degradation_rate);
  json["degradation_rate_ci95"] = to_json(total.ci95);
  return json;
}

Json to_json(const ScenarioComparison& comparison) {
  Json json = Json::object();
  add_size(json, comparison.model, comparison.parameters);
  json["mode"] = to_string(comparison.mode);
  json["scenario"] = comparison.scenario;
  json["first"] = comparison.first;
  json["second"] = comparison.second;
  json.update(to_json(comparison.test));
  json["winner"] = name_or_null(winner_name(comparison.test.winner, comparison.first, comparison.second));
  return json;
}

Json to_json(const OverallComparison& comparison) {
  Json json = Json::object();
  add_size(json, comparison.model, comparison.parameters);
  json["mode"] = to_string(comparison.mode);
  json["first"] = comparison.first;
  json["second"] = comparison.second;
  json["complete"] = comparison.complete;
  json["scenarios"] = comparison.scenarios;
  json["first_tok_s"] = number_json(comparison.first_mean);
  json["second_tok_s"] = number_json(comparison.second_mean);
  json["overall"] = to_json(comparison.test);
  json["winner"] = name_or_null(winner_name(comparison.test.winner, comparison.first, comparison.second));
  json["across_scenarios"] = to_json(comparison.paired);
  return json;
}

Json to_json(const CrossoverFit& fit) {
  Json json = Json::object();
  json["n"] = fit.n;
  json["k"] = number_json(fit.k);
  json["a0"] = number_json(fit.a0);
  json["r_squared"] = number_json(fit.r_squared);
  json["slope_p"] = number_json(fit.slope_p);
  json["crossover_parameters"] = number_json(fit.crossover);
  json["fieller"] = to_string(fit.fieller);
  json["ci95_low_parameters"] = number_json(fit.ci95_low);
  json["ci95_high_parameters"] = number_json(fit.ci95_high);
  json["excluded_parameters"] = to_json(fit.excluded);
  json["extrapolated"] = fit.extrapolated;
  json["leave_one_out_parameters"] = to_json(fit.leave_one_out);
  json["curvature"] = nullptr;
  if (fit.curvature) {
    json["curvature"] = Json::object();
    json["curvature"]["quadratic"] = number_json(fit.curvature->quadratic);
    json["curvature"]["t"] = number_json(fit.curvature->t);
    json["curvature"]["df"] = number_json(fit.curvature->df);
    json["curvature"]["p"] = number_json(fit.curvature->p);
  }
  return json;
}

Json to_json(const Crossover& crossover) {
  Json json = Json::object();
  json["first"] = crossover.first;
  json["second"] = crossover.second;
  json["mode"] = crossover.mode;
  json["scenario"] = name_or_null(crossover.scenario);
  json["scenarios"] = crossover.scenarios;
  json["brackets"] = Json::array();
  for (const auto& bracket : crossover.brackets) {
    json["brackets"].push_back(bracket_json(bracket));
  }
  json["fit"] = optional_json(crossover.fit);
  json["points"] = Json::array();
  for (const auto& point : crossover.points) {
    json["points"].push_back(point_json(point, crossover));
  }
  return json;
}

Json to_json(const BackendScaling& scaling) {
  Json json = Json::object();
  json["backend"] = scaling.backend;
  json["mode"] = to_string(scaling.mode);
  json["sizes"] = scaling.n;
  json["exponent"] = number_json(scaling.exponent);
  json["exponent_ci95"] = to_json(scaling.exponent_ci95);
  json["r_squared"] = number_json(scaling.r_squared);
  json["smallest_model"] = scaling.smallest_model;
  json["smallest_tok_s"] = number_json(scaling.smallest_tok_s);
  json["largest_model"] = scaling.largest_model;
  json["largest_tok_s"] = number_json(scaling.largest_tok_s);
  json["advantage_smallest_model"] = name_or_null(scaling.advantage_smallest_model);
  json["advantage_smallest"] = optional_json(scaling.advantage_smallest);
  json["advantage_largest_model"] = name_or_null(scaling.advantage_largest_model);
  json["advantage_largest"] = optional_json(scaling.advantage_largest);
  return json;
}

Json to_json(const DecisionLine& line) {
  Json json = Json::object();
  json["basis"] = to_string(line.basis);
  json["low_parameters"] = number_json(line.low_parameters);
  json["high_parameters"] = number_json(line.high_parameters);
  json["models"] = line.models;
  json["winner"] = name_or_null(line.winner);
  json["tied_with"] = line.tied_with;
  json["runner_up"] = name_or_null(line.runner_up);
  json["margin"] = optional_json(line.margin);
  json["why"] = line.why;
  return json;
}

Json to_json(const Decision& decision) {
  Json json = Json::object();
  json["mode"] = to_string(decision.mode);
  json["bands"] = list_json(decision.bands);
  json["lines"] = list_json(decision.lines);
  json["left_out"] = Json::array();
  for (const auto& left_out : decision.left_out) {
    Json one = Json::object();
    one["backend"] = left_out.backend;
    one["model"] = left_out.model;
    one["reason"] = left_out.reason;
    json["left_out"].push_back(std::move(one));
  }
  return json;
}

Json to_json(const Analysis& analysis) {
  Json json = Json::object();
  json["schema_version"] = kAnalysisSchemaVersion;
  json["study"] = analysis.study;
  json["baseline"] = name_or_null(analysis.baseline);
  json["notices"] = analysis.notices;
  json["decisions"] = list_json(analysis.decisions);
  json["overall"] = list_json(analysis.overall);
  json["outcomes"] = list_json(analysis.outcomes);
  json["crossovers"] = list_json(analysis.crossovers);
  json["scaling"] = list_json(analysis.scaling);
  json["overall_comparisons"] = list_json(analysis.overall_comparisons);
  json["cells"] = list_json(analysis.cells);
  json["scenario_comparisons"] = list_json(analysis.scenario_comparisons);
  json["scenario_crossovers"] = list_json(analysis.scenario_crossovers);
  return json;
}

}  // namespace inferscale::analysis
