#include "analysis/recommend.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/cost.hpp"
#include "analysis/quantity.hpp"
#include "analysis/size_curve.hpp"

namespace inferscale::analysis {

using namespace protocol;

namespace {

constexpr double kReach = 3;  // beyond the measured sizes

/// What one machine measured in a mode, of the scenarios asked about.
struct Machine {
  const StudyResults* results = nullptr;
  StudyIndex index;
  std::vector<int> scenarios;
  std::vector<std::vector<CurvePoint>> curves;  ///< by backend

  /// Prices follow from throughput.
  Machine(const StudyResults& of, const record::Metric* metric)
      : results(&of),
        index(of.dataset, {metric != nullptr && metric->priced ? &record::kThroughput : metric}) {}
};

/// Scenarios that every machine has planned, with the batch asked for.
Result<std::vector<Scenario>> choose_scenarios(std::span<const StudyResults> machines,
                                               const RecommendOptions& options) {
  std::set<int> batches;
  std::vector<Scenario> chosen;
  for (const Scenario& scenario : machines.front().dataset.scenarios) {
    const bool everywhere = std::all_of(machines.begin(), machines.end(), [&](const StudyResults& machine) {
      const auto& theirs = machine.dataset.scenarios;
      const auto end = theirs.begin() + machine.dataset.planned_scenarios;
      return std::find(theirs.begin(), end, scenario) != end;
    });
    if (everywhere) {
      batches.insert(scenario.batch);
      if (!options.batch || scenario.batch == *options.batch) {
        chosen.push_back(scenario);
      }
    }
  }
  if (chosen.empty() && batches.empty()) {
    return fail("these studies have no scenario in common; measure the same ones on every machine");
  }
  if (chosen.empty()) {
    return fail_usage("--batch {}: no scenario has that batch; measured are {}", *options.batch,
                      fmt::join(batches, ", "));
  }
  return chosen;
}

Machine machine_in(const StudyResults& results, Mode mode, const std::vector<Scenario>& scenarios,
                   const record::Metric* metric) {
  Machine machine(results, metric);
  const auto& theirs = results.dataset.scenarios;
  for (const Scenario& scenario : scenarios) {
    machine.scenarios.push_back(
        static_cast<int>(std::find(theirs.begin(), theirs.end(), scenario) - theirs.begin()));
  }
  std::sort(machine.scenarios.begin(), machine.scenarios.end());
  for (int backend = 0; backend < machine.index.backends(); ++backend) {
    machine.curves.push_back(size_curve(machine.index, mode, backend, machine.scenarios));
  }
  return machine;
}

/// Why a candidate may not be chosen; empty when it may.
std::string constraint_broken(const Candidate& candidate, const RecommendOptions& options) {
  if (options.max_latency_ms && candidate.worst_latency_ms > *options.max_latency_ms) {
    return fmt::format("{} ms in {}, above {} ms", number_text(candidate.worst_latency_ms),
                       candidate.worst_scenario, number_text(*options.max_latency_ms));
  }
  if (options.min_throughput_tok_s && candidate.throughput_tok_s < *options.min_throughput_tok_s) {
    return fmt::format("{} tok/s, below {} tok/s", number_text(candidate.throughput_tok_s),
                       number_text(*options.min_throughput_tok_s));
  }
  return {};
}

Candidate candidate_of(const Machine& machine, int backend, const CurveValue& value) {
  Candidate candidate;
  candidate.machine = machine.results->name;
  candidate.backend = machine.index.backend(backend);
  candidate.basis = value.basis;
  candidate.models = value.models;
  candidate.log_value = value.log_value;
  candidate.value = std::exp(value.log_value.mean);
  candidate.throughput_tok_s = std::exp(value.log_throughput.mean);
  const auto worst = std::max_element(value.log_latency_ms.begin(), value.log_latency_ms.end());
  candidate.worst_latency_ms = std::exp(*worst);
  const auto scenario = machine.scenarios[static_cast<std::size_t>(worst - value.log_latency_ms.begin())];
  candidate.worst_scenario = machine.index.scenario(scenario).name;
  return candidate;
}

/// Of a model of that size, for other sizes say nothing about it; of any model when `parameters` is 0. Empty
/// when none failed.
std::string failed_gate_at(const Machine& machine, int backend, double parameters) {
  const StudyIndex& index = machine.index;
  for (int model = 0; model < index.models(); ++model) {
    const double distance =
        parameters == 0 ? 0 : std::abs(std::log(static_cast<double>(index.parameters(model)) / parameters));
    const record::QualityResult* gate =
        failed_gate(index.dataset().quality, index.model(model), index.backend(backend));
    if (gate != nullptr && distance <= std::log1p(kSameSize)) {
      return "its accuracy gate failed: " + gate->verdict.reason;
    }
  }
  return {};
}

std::string nothing_ok(const Machine& machine, Mode mode, int backend) {
  for (const Cell& cell : machine.index.dataset().cells) {
    if (cell.mode == mode && cell.backend == backend && !cell.first_error.empty()) {
      return "no size with every scenario ok: " + cell.first_error;
    }
  }
  const record::Metric& metric = machine.index.metric(mode);
  return &metric == &record::kThroughput ? "no size with every scenario ok"
                                         : fmt::format("no size with {} in every scenario", metric.words);
}

/// Puts a backend among the candidates, or among what is left out with the reason.
void consider(const Machine& machine, int backend, const RecommendOptions& options, Recommendation& answer) {
  const auto& curve = machine.curves[static_cast<std::size_t>(backend)];
  Candidate candidate;
  candidate.machine = machine.results->name;
  candidate.backend = machine.index.backend(backend);
  const auto leave_out = [&](std::string reason) {
    answer.left_out.push_back({label(candidate, answer.several_machines), answer.model, std::move(reason)});
  };
  const BackendFacts& facts = machine.index.dataset().backends[static_cast<std::size_t>(backend)];
  if (options.no_gpu && facts.device != "cpu") {
    return leave_out(facts.device.empty() ? "its device is not known" : "runs on " + facts.device);
  }
  if (std::string reason = failed_gate_at(machine, backend, answer.parameters); !reason.empty()) {
    return leave_out(std::move(reason));
  }
  if (curve.empty()) {
    return leave_out(nothing_ok(machine, answer.mode, backend));
  }
  std::vector<double> sizes;
  for (const CurvePoint& point : curve) {
    sizes.push_back(point.parameters);
  }
  const double times = times_outside(sizes, answer.parameters);
  if (times > kReach && !options.extrapolate) {
    return leave_out(fmt::format("{} times beyond its measured sizes", ratio_text(times)));
  }
  const auto value = value_at(curve, answer.parameters);
  if (!value) {
    return leave_out("measured at another size only, and one size draws no line");
  }
  candidate = candidate_of(machine, backend, *value);
  if (!options.cost_per_hour.empty()) {
    const auto price = price_of(options.cost_per_hour, candidate.machine, candidate.backend);
    if (!price && answer.metric->priced) {
      return leave_out("no price an hour was given");
    }
    if (price) {
      candidate.price_per_million_tokens = price_per_million_tokens(*price, candidate.throughput_tok_s);
    }
  }
  if (answer.metric->priced) {
    candidate.value = candidate.price_per_million_tokens.value_or(0);
  }
  if (std::string reason = constraint_broken(candidate, options); !reason.empty()) {
    return leave_out(std::move(reason));
  }
  answer.candidates.push_back(std::move(candidate));
}

/// How many times as good `first` is; of prices, tokens for the same money.
RatioTest advantage_of(const record::Metric& metric, const Candidate& first, const Candidate& second) {
  const auto good = [&](LogMean mean) {
    mean.mean = metric.priced || metric.better == record::Direction::higher ? mean.mean : -mean.mean;
    return mean;
  };
  RatioTest test = compare_log_means(good(first.log_value), good(second.log_value));
  if (metric.priced) {
    const double scale = second.value / first.value / test.ratio;
    if (!std::isfinite(scale) || scale <= 0) {  // one of them costs nothing
      return test;
    }
    LogMean scaled = first.log_value;
    scaled.mean += std::log(scale);
    test = compare_log_means(scaled, second.log_value);
  }
  return test;
}

void rank(Recommendation& answer) {
  const record::Metric& metric = *answer.metric;
  std::stable_sort(
      answer.candidates.begin(), answer.candidates.end(), [&](const Candidate& a, const Candidate& b) {
        return metric.better == record::Direction::higher ? a.value > b.value : a.value < b.value;
      });
  for (std::size_t i = 1; i < answer.candidates.size(); ++i) {
    const RatioTest test = advantage_of(metric, answer.candidates.front(), answer.candidates[i]);
    answer.candidates[i].tied = test.winner != 1;
    if (i == 1) {
      answer.margin = test;
    }
  }
}

std::vector<double> sizes_of(const std::vector<Machine>& machines) {
  std::set<double> sizes;
  for (const Machine& machine : machines) {
    for (const auto& curve : machine.curves) {
      for (const CurvePoint& point : curve) {
        sizes.insert(point.parameters);
      }
    }
  }
  return {sizes.begin(), sizes.end()};
}

/// Where nothing is measured there is still an answer: why.
std::vector<double> sizes_asked(const std::vector<double>& measured, const RecommendOptions& options) {
  if (options.parameters) {
    return {*options.parameters};
  }
  return measured.empty() ? std::vector<double>{0} : measured;
}

std::string model_at(const std::vector<Machine>& machines, double parameters) {
  for (const Machine& machine : machines) {
    for (const auto& curve : machine.curves) {
      for (const CurvePoint& point : curve) {
        if (std::abs(std::log(point.parameters / parameters)) <= std::log1p(kSameSize)) {
          return point.model;
        }
      }
    }
  }
  return {};
}

Result<void> check_reach(const std::vector<double>& sizes, const RecommendOptions& options) {
  const double times = options.parameters && !sizes.empty() ? times_outside(sizes, *options.parameters) : 1;
  if (times > kReach && !options.extrapolate) {
    return fail_usage(
        "--size: {} parameters are {} times beyond the measured sizes ({} to {}); measure a model of that "
        "size, "
        "or take the risk with --extrapolate",
        parameters_text(*options.parameters), ratio_text(times), parameters_text(sizes.front()),
        parameters_text(sizes.back()));
  }
  return {};
}

/// Prices rank unless another metric is asked for. nullptr: each mode's own.
Result<const record::Metric*> ranking_metric(std::span<const StudyResults> machines,
                                             const RecommendOptions& options) {
  const bool by_price = options.metric == nullptr && !options.cost_per_hour.empty();
  const Ranking ranking = with_metric_of_plan(
      {by_price ? &record::kPrice : options.metric, options.cost_per_hour}, machines.front().dataset);
  TRY(check_ranking(ranking));
  return ranking.metric;
}

Result<std::vector<Mode>> choose_modes(std::span<const StudyResults> machines,
                                       const RecommendOptions& options) {
  std::set<Mode> modes;
  for (const StudyResults& machine : machines) {
    modes.insert(machine.dataset.modes.begin(), machine.dataset.modes.end());
  }
  if (!options.mode) {
    return std::vector<Mode>(modes.begin(), modes.end());
  }
  if (!modes.contains(*options.mode)) {
    return fail_usage("--mode {}: no study measured it", to_string(*options.mode));
  }
  return std::vector<Mode>{*options.mode};
}

}  // namespace

std::string label(const Candidate& candidate, bool several_machines) {
  return several_machines ? candidate.machine + "/" + candidate.backend : candidate.backend;
}

Result<std::vector<Recommendation>> recommend(std::span<const StudyResults> machines,
                                              const RecommendOptions& options) {
  if (machines.empty()) {
    return fail_usage("give at least one results folder");
  }
  TRY(check_prices(machines, options.cost_per_hour));
  TRY_ASSIGN(const auto modes, choose_modes(machines, options));
  TRY_ASSIGN(const auto scenarios, choose_scenarios(machines, options));
  TRY_ASSIGN(const record::Metric* const metric, ranking_metric(machines, options));
  std::vector<Recommendation> answers;
  for (const Mode mode : modes) {
    std::vector<Machine> measured;
    measured.reserve(machines.size());
    for (const StudyResults& results : machines) {
      measured.push_back(machine_in(results, mode, scenarios, metric));
    }
    const std::vector<double> sizes = sizes_of(measured);
    TRY(check_reach(sizes, options));
    for (const double size : sizes_asked(sizes, options)) {
      Recommendation& answer = answers.emplace_back();
      answer.mode = mode;
      answer.metric = metric != nullptr ? metric : &record::ranking_metric(mode);
      answer.several_machines = machines.size() > 1;
      answer.parameters = size;
      answer.model = model_at(measured, size);
      answer.measured_parameters = sizes;
      for (const Scenario& scenario : scenarios) {
        answer.scenarios.push_back(scenario.name);
      }
      for (const Machine& machine : measured) {
        for (int backend = 0; backend < machine.index.backends(); ++backend) {
          consider(machine, backend, options, answer);
        }
      }
      rank(answer);
    }
  }
  return answers;
}

}  // namespace inferscale::analysis
