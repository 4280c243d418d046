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

/// Whether a model is the one asked about: that of the name, else of the size, else any. A machine that did
/// not measure the name answers with its models of the size.
bool is_asked(const Machine& machine, int model, const SizeAnswers::Measured& asked) {
  const StudyIndex& index = machine.index;
  const auto& models = index.dataset().models;
  const bool by_name = std::any_of(models.begin(), models.end(), [&](const ModelSize& one) {
    return !asked.model.empty() && one.name == asked.model;
  });
  if (by_name) {
    return index.model(model) == asked.model;
  }
  return asked.parameters == 0 || same_size(static_cast<double>(index.parameters(model)), asked.parameters);
}

/// Of a model asked about, for others say nothing about it. Empty when none failed.
std::string gate_reason_at(const Machine& machine, int backend, const SizeAnswers::Measured& asked) {
  const StudyIndex& index = machine.index;
  for (int model = 0; model < index.models(); ++model) {
    const record::QualityResult* gate =
        excluding_gate(index.dataset().quality, index.model(model), index.backend(backend));
    if (gate != nullptr && is_asked(machine, model, asked)) {
      return gate_reason(gate->verdict);
    }
  }
  return {};
}

/// What went wrong first in a scenario of a model asked about; empty when nothing did.
std::string first_error(const Machine& machine, Mode mode, int backend, const SizeAnswers::Measured& asked) {
  for (const Cell& cell : machine.index.dataset().cells) {
    const bool here = cell.mode == mode && cell.backend == backend && is_asked(machine, cell.model, asked);
    if (here && !cell.first_error.empty()) {
      return cell.first_error;
    }
  }
  return {};
}

/// Of a backend that has no size with every scenario ok. Errors of other models are no reason at a model that
/// was asked for by name.
std::string nothing_ok(const Machine& machine, Mode mode, int backend, const SizeAnswers::Measured& asked) {
  const auto& cells = machine.index.dataset().cells;
  if (std::none_of(cells.begin(), cells.end(),
                   [&](const Cell& cell) { return cell.mode == mode && cell.backend == backend; })) {
    return fmt::format("{} was not measured there", to_string(mode));
  }
  const SizeAnswers::Measured whose = asked.model.empty() ? SizeAnswers::Measured{} : asked;
  if (const std::string error = first_error(machine, mode, backend, whose); !error.empty()) {
    return "no size with every scenario ok: " + error;
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
                             const std::vector<CurvePoint>& curve, const SizeAnswers::Measured& asked) {
  if (const record::Metric& metric = machine.index.metric(mode); !record::has_metric(mode, metric)) {
    return fmt::format("{} has no {}", to_string(mode), metric.words);
  }
  if (std::string reason = gate_reason_at(machine, backend, asked); !reason.empty()) {
    return reason;
  }
  if (curve.empty()) {
    return nothing_ok(machine, mode, backend, asked);
  }
  if (const std::string error = first_error(machine, mode, backend, asked); !error.empty()) {
    return "not every scenario is ok there: " + error;
  }
  std::vector<double> sizes;
  for (const CurvePoint& point : curve) {
    sizes.push_back(point.parameters);
  }
  const double times = times_outside(sizes, asked.parameters);
  if (times == 1) {
    return "not every scenario is ok there, or at the sizes on both sides";
  }
  const bool one_size = same_size(sizes.front(), sizes.back());
  return one_size ? "measured at another size only, and one size draws no line"
                  : fmt::format("{} times beyond its measured sizes", ratio_text(times));
}

std::string unanswered_because(const std::vector<Machine>& machines, Mode mode, const std::string& model) {
  bool measured = false;
  for (const Machine& machine : machines) {
    const StudyIndex& index = machine.index;
    for (const Cell& cell : index.dataset().cells) {
      if (cell.mode != mode || index.model(cell.model) != model) {
        continue;
      }
      measured = true;
      const auto ok = index.ok_scenarios(mode, cell.model, cell.backend);
      if (!record::computes_nothing(index.backend(cell.backend)) &&
          std::includes(ok.begin(), ok.end(), machine.scenarios.begin(), machine.scenarios.end())) {
        return "each backend that has every scenario ok there is left out";  // by its gate, or by an option
      }
    }
  }
  return measured ? "no backend has every scenario ok there" : "";
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
