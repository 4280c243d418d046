#include "analysis/recommend_question.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/cost.hpp"
#include "analysis/perplexity_cost.hpp"
#include "analysis/quantity.hpp"
#include "record/catalog.hpp"

namespace inferscale::analysis {

using namespace protocol;

Machine machine_in(const StudyResults& results, Mode mode, const std::vector<Scenario>& scenarios,
                   const record::Metric* metric) {
  Machine machine(results, metric);
  const auto& theirs = results.dataset.scenarios;
  for (const Scenario& scenario : scenarios) {
    machine.scenarios.push_back(
        static_cast<int>(std::find(theirs.begin(), theirs.end(), scenario) - theirs.begin()));
  }
  std::sort(machine.scenarios.begin(), machine.scenarios.end());
  machine.contenders = contenders_of(machine.index, mode, machine.scenarios, results.name);
  return machine;
}

std::optional<std::size_t> worst_scenario(const Machine& machine, const CurveFigures& figures,
                                          const record::Metric& metric) {
  std::optional<std::size_t> worst;
  for (std::size_t scenario = 0; scenario < figures.scenarios(); ++scenario) {
    const bool further = machine.index.scenario(machine.scenarios[scenario]).new_tokens != 1;
    if (metric.field == ModeField::time_per_output_token_ms && !further) {
      continue;
    }
    const double value = figures.log_of(metric, scenario);
    if (std::isnan(value)) {
      return scenario;
    }
    if (!worst || value > figures.log_of(metric, *worst)) {
      worst = scenario;
    }
  }
  return worst;
}

std::string scenario_name(const Machine& machine, std::size_t scenario) {
  return machine.index.scenario(machine.scenarios[scenario]).name;
}

namespace {

/// Of a model of that size, for other sizes say nothing about it; of any model when `parameters` is 0. Empty
/// when none failed.
std::string gate_reason_at(const Machine& machine, int backend, double parameters) {
  const StudyIndex& index = machine.index;
  for (int model = 0; model < index.models(); ++model) {
    const bool here = parameters == 0 || same_size(static_cast<double>(index.parameters(model)), parameters);
    const record::QualityResult* gate =
        excluding_gate(index.dataset().quality, index.model(model), index.backend(backend));
    if (gate != nullptr && here) {
      return gate_reason(gate->verdict);
    }
  }
  return {};
}

/// What went wrong first in a scenario of a model of that size, or of any; empty when nothing did.
std::string first_error(const Machine& machine, Mode mode, int backend, std::optional<double> parameters) {
  for (const Cell& cell : machine.index.dataset().cells) {
    const bool here =
        cell.mode == mode && cell.backend == backend &&
        (!parameters || same_size(static_cast<double>(machine.index.parameters(cell.model)), *parameters));
    if (here && !cell.first_error.empty()) {
      return cell.first_error;
    }
  }
  return {};
}

std::string nothing_ok(const Machine& machine, Mode mode, int backend) {
  if (const std::string error = first_error(machine, mode, backend, std::nullopt); !error.empty()) {
    return "no size with every scenario ok: " + error;
  }
  const auto& cells = machine.index.dataset().cells;
  if (std::none_of(cells.begin(), cells.end(),
                   [&](const Cell& cell) { return cell.mode == mode && cell.backend == backend; })) {
    return fmt::format("{} was not measured there", to_string(mode));
  }
  const record::Metric& metric = machine.index.metric(mode);
  return &metric == &record::kThroughput ? "no size with every scenario ok"
                                         : fmt::format("no size with {} in every scenario", metric.words);
}

}  // namespace

std::string never_because(const Machine& machine, int backend, const record::Metric& metric,
                          const RecommendOptions& options) {
  const BackendFacts& facts = machine.index.dataset().backends[static_cast<std::size_t>(backend)];
  if (record::computes_nothing(facts.name)) {
    return left_out_reason(machine.index, kDefaultMode, 0, backend);
  }
  if (options.no_gpu && facts.device != "cpu") {
    return facts.device.empty() ? "its device is not known" : "runs on " + facts.device;
  }
  if (!metric.priced) {
    return {};
  }
  const auto price = price_of(options.cost_per_hour, machine.results->name, facts.name);
  if (!price) {
    return "no price an hour was given";
  }
  if (*price <= 0) {
    return "its price is 0, and nothing is cheaper by a factor";
  }
  return {};
}

std::string no_place_because(const Machine& machine, int backend, protocol::Mode mode,
                             const std::vector<CurvePoint>& curve, double parameters) {
  if (std::string reason = gate_reason_at(machine, backend, parameters); !reason.empty()) {
    return reason;
  }
  if (curve.empty()) {
    return nothing_ok(machine, mode, backend);
  }
  if (const std::string error = first_error(machine, mode, backend, parameters); !error.empty()) {
    return "not every scenario is ok there: " + error;
  }
  std::vector<double> sizes;
  for (const CurvePoint& point : curve) {
    sizes.push_back(point.parameters);
  }
  const double times = times_outside(sizes, parameters);
  if (times == 1) {
    return "not every scenario is ok there, or at the sizes on both sides";
  }
  const bool one_size = same_size(sizes.front(), sizes.back());
  return one_size ? "measured at another size only, and one size draws no line"
                  : fmt::format("{} times beyond its measured sizes", ratio_text(times));
}

std::string limit_broken(const Machine& machine, const std::string& backend, const Place& place,
                         const RecommendOptions& options) {
  for (const MetricLimit& limit : options.limits) {
    const auto slowest = worst_scenario(machine, place.figures, *limit.metric);
    if (!slowest) {
      continue;
    }
    const std::size_t scenario = *slowest;
    const double worst = std::exp(place.figures.log_of(*limit.metric, scenario));
    const std::string what =
        limit.metric == &record::kLatency ? "" : fmt::format("{}: ", limit.metric->words);
    if (std::isnan(worst)) {
      return fmt::format("{}none in {}", what, scenario_name(machine, scenario));
    }
    if (worst > limit.most) {
      return fmt::format("{}{} ms in {}, above {} ms", what, number_text(worst),
                         scenario_name(machine, scenario), number_text(limit.most));
    }
  }
  const double throughput = std::exp(place.figures.log_throughput);
  if (options.min_throughput_tok_s && throughput < *options.min_throughput_tok_s) {
    return fmt::format("{} tok/s, below {} tok/s", number_text(throughput),
                       number_text(*options.min_throughput_tok_s));
  }
  return too_much_perplexity(perplexity_cost(machine.index.dataset().quality, backend, place.models),
                             options.max_perplexity_change);
}

}  // namespace inferscale::analysis
