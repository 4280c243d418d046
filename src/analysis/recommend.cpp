#include "analysis/recommend.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "analysis/common_scenarios.hpp"
#include "analysis/cost.hpp"
#include "analysis/perplexity_cost.hpp"
#include "analysis/quantity.hpp"
#include "analysis/size_answers.hpp"
#include "analysis/study_index.hpp"
#include "record/catalog.hpp"

namespace inferscale::analysis {

using namespace protocol;

namespace {

/// What one machine measured in a mode, of the scenarios asked about.
struct Machine {
  const StudyResults* results = nullptr;
  StudyIndex index;
  std::vector<int> scenarios;
  std::vector<Contender> contenders;  ///< by backend

  /// Prices follow from throughput.
  Machine(const StudyResults& of, const record::Metric* metric)
      : results(&of),
        index(of.dataset, {metric != nullptr && metric->priced ? &record::kThroughput : metric}) {}
};

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

/// The scenario with the largest figure of a metric; the first without any, where there is one.
std::size_t worst_scenario(const CurveFigures& figures, const record::Metric& metric) {
  std::size_t worst = 0;
  for (std::size_t scenario = 0; scenario < figures.scenarios(); ++scenario) {
    const double value = figures.log_of(metric, scenario);
    if (std::isnan(value)) {
      return scenario;
    }
    worst = value > figures.log_of(metric, worst) ? scenario : worst;
  }
  return worst;
}

std::string name_of(const Machine& machine, std::size_t scenario) {
  return machine.index.scenario(machine.scenarios[scenario]).name;
}

/// Why a candidate may not be chosen; empty when it may.
std::string constraint_broken(const Machine& machine, const Place& place, const Candidate& candidate,
                              const RecommendOptions& options) {
  for (const MetricLimit& limit : options.limits) {
    const std::size_t scenario = worst_scenario(place.figures, *limit.metric);
    const double worst = std::exp(place.figures.log_of(*limit.metric, scenario));
    const std::string what =
        limit.metric == &record::kLatency ? "" : fmt::format("{}: ", limit.metric->words);
    if (std::isnan(worst)) {
      return fmt::format("{}none in {}", what, name_of(machine, scenario));
    }
    if (worst > limit.most) {
      return fmt::format("{}{} ms in {}, above {} ms", what, number_text(worst), name_of(machine, scenario),
                         number_text(limit.most));
    }
  }
  if (options.min_throughput_tok_s && candidate.throughput_tok_s < *options.min_throughput_tok_s) {
    return fmt::format("{} tok/s, below {} tok/s", number_text(candidate.throughput_tok_s),
                       number_text(*options.min_throughput_tok_s));
  }
  return too_much_perplexity(candidate.perplexity_change, options.max_perplexity_change);
}

Candidate candidate_of(const Machine& machine, const Contender& contender, const Place& place) {
  Candidate candidate;
  candidate.machine = contender.machine;
  candidate.backend = contender.backend;
  candidate.basis = place.basis;
  candidate.models = place.models;
  candidate.value = std::exp(place.figures.log_value);
  candidate.throughput_tok_s = std::exp(place.figures.log_throughput);
  const std::size_t scenario = worst_scenario(place.figures, record::kLatency);
  candidate.worst_latency_ms = std::exp(place.figures.log_of(record::kLatency, scenario));
  candidate.worst_scenario = name_of(machine, scenario);
  candidate.perplexity_change =
      perplexity_cost(machine.index.dataset().quality, contender.backend, place.models);
  candidate.behind_best = place.behind_best;
  candidate.behind_use = place.behind_use;
  candidate.verdict = opposite(place.use_is);
  candidate.tied = place.best_is != Verdict::faster;
  return candidate;
}

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

std::string nothing_ok(const Machine& machine, Mode mode, int backend) {
  bool measured = false;
  for (const Cell& cell : machine.index.dataset().cells) {
    const bool here = cell.mode == mode && cell.backend == backend;
    if (here && !cell.first_error.empty()) {
      return "no size with every scenario ok: " + cell.first_error;
    }
    measured = measured || here;
  }
  if (!measured) {
    return fmt::format("{} was not measured there", to_string(mode));
  }
  const record::Metric& metric = machine.index.metric(mode);
  return &metric == &record::kThroughput ? "no size with every scenario ok"
                                         : fmt::format("no size with {} in every scenario", metric.words);
}

/// Why a backend cannot be a candidate whatever the size; empty when it can.
std::string never_because(const Machine& machine, int backend, const record::Metric& metric,
                          const RecommendOptions& options) {
  const BackendFacts& facts = machine.index.dataset().backends[static_cast<std::size_t>(backend)];
  if (record::computes_nothing(facts.name)) {
    return left_out_reason(machine.index, kDefaultMode, 0, backend);
  }
  if (options.no_gpu && facts.device != "cpu") {
    return facts.device.empty() ? "its device is not known" : "runs on " + facts.device;
  }
  if (metric.priced && !price_of(options.cost_per_hour, machine.results->name, facts.name)) {
    return "no price an hour was given";
  }
  return {};
}

/// Tokens for the money rank where the metric is a price. A price of 0 is taken for a very small one.
void rank_by_price(Contender& contender, double price) {
  constexpr double kNextToNothing = 1e-9;
  for (CurvePoint& point : contender.curve) {
    point.figures.good.mean -= std::log(std::max(price, kNextToNothing));
    point.figures.log_value = std::log(
        price_per_million_tokens(std::max(price, kNextToNothing), std::exp(point.figures.log_throughput))
            .value_or(kNextToNothing));
  }
}

/// One question: a mode on all machines. Contenders are in the order of machines, then of backends.
struct Question {
  const std::vector<Machine>& machines;
  Mode mode;
  const RecommendOptions& options;
  const SizeAnswers& answers;
  std::vector<const Machine*> machine_of;  ///< by contender
  std::vector<int> backend_of;
  std::vector<std::string> never;  ///< why it is never a candidate
};

Question ask(const std::vector<Machine>& machines, Mode mode, const record::Metric& metric,
             const RecommendOptions& options, double indifference, std::optional<SizeAnswers>& answers) {
  std::vector<Contender> contenders;
  std::vector<const Machine*> machine_of;
  std::vector<int> backend_of;
  std::vector<std::string> never;
  for (const Machine& machine : machines) {
    for (int backend = 0; backend < machine.index.backends(); ++backend) {
      Contender contender = machine.contenders[static_cast<std::size_t>(backend)];
      never.push_back(never_because(machine, backend, metric, options));
      if (!never.back().empty()) {
        contender.curve.clear();
      } else if (metric.priced) {
        rank_by_price(contender, *price_of(options.cost_per_hour, contender.machine, contender.backend));
      }
      contenders.push_back(std::move(contender));
      machine_of.push_back(&machine);
      backend_of.push_back(backend);
    }
  }
  answers.emplace(std::move(contenders), indifference);
  return {machines, mode, options, *answers, std::move(machine_of), std::move(backend_of), std::move(never)};
}

/// Why a contender that has no place at the size has none.
std::string no_place_because(const Question& question, std::size_t number, double parameters) {
  const Machine& machine = *question.machine_of[number];
  const int backend = question.backend_of[number];
  if (!question.never[number].empty()) {
    return question.never[number];
  }
  if (std::string reason = gate_reason_at(machine, backend, parameters); !reason.empty()) {
    return reason;
  }
  const auto& curve = question.answers.contenders()[number].curve;
  if (curve.empty()) {
    return nothing_ok(machine, question.mode, backend);
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

/// Takes what breaks a constraint out of the standing, and answers with the rest.
void fill(const Question& question, Standing standing, Recommendation& answer) {
  const auto& contenders = question.answers.contenders();
  std::vector<std::string> reasons(contenders.size());
  std::vector<bool> placed(contenders.size(), false);
  std::erase_if(standing.places, [&](const Place& place) {
    placed[place.contender] = true;
    const Candidate candidate =
        candidate_of(*question.machine_of[place.contender], contenders[place.contender], place);
    reasons[place.contender] =
        constraint_broken(*question.machine_of[place.contender], place, candidate, question.options);
    return !reasons[place.contender].empty();
  });
  standing = question.answers.rank(std::move(standing));
  answer.use = standing.use;
  for (const Place& place : standing.places) {
    Candidate& candidate = answer.candidates.emplace_back(
        candidate_of(*question.machine_of[place.contender], contenders[place.contender], place));
    if (const auto price = price_of(question.options.cost_per_hour, candidate.machine, candidate.backend)) {
      candidate.price_per_million_tokens = price_per_million_tokens(*price, candidate.throughput_tok_s);
    }
  }
  if (!answer.candidates.empty()) {
    answer.candidates.front().tied = false;
  }
  if (answer.candidates.size() > 1) {
    answer.margin = answer.candidates[1].behind_best;
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const std::string reason = placed[i] ? reasons[i] : no_place_because(question, i, answer.parameters);
    if (!reason.empty()) {
      Candidate one;
      one.machine = contenders[i].machine;
      one.backend = contenders[i].backend;
      answer.left_out.push_back({label(one, answer.several_machines), answer.model, reason});
    }
  }
}

/// The models that are measured at the size asked about, or a nameless one.
std::vector<SizeAnswers::Measured> asked_of(const SizeAnswers& answers,
                                            std::span<const StudyResults> machines,
                                            const RecommendOptions& options) {
  std::vector<SizeAnswers::Measured> asked;
  for (const SizeAnswers::Measured& measured : answers.measured()) {
    const bool by_size = !options.parameters || same_size(measured.parameters, *options.parameters);
    const bool by_name = options.model.empty() || measured.model == options.model;
    if (by_size && by_name) {
      asked.push_back(measured);
    }
  }
  for (std::size_t i = 0; asked.empty() && i < machines.size(); ++i) {
    for (const ModelSize& model : machines[i].dataset.models) {
      if (model.name == options.model) {
        asked.push_back({model.name, static_cast<double>(model.parameters)});
      }
    }
  }
  if (asked.empty()) {  // where nothing is measured there is still an answer: why
    asked.push_back({"", options.parameters.value_or(0)});
  }
  return asked;
}

Result<void> check_model(std::span<const StudyResults> machines, const RecommendOptions& options) {
  if (options.model.empty()) {
    return {};
  }
  if (options.parameters) {
    return fail_usage("--model and --size are two ways to ask: give one");
  }
  std::set<std::string> names;
  for (const StudyResults& machine : machines) {
    for (const ModelSize& model : machine.dataset.models) {
      names.insert(model.name);
    }
  }
  if (!names.contains(options.model)) {
    return fail_usage("--model: no study measured '{}'; measured are {}", options.model,
                      fmt::join(names, ", "));
  }
  return {};
}

Result<void> check_reach(const std::vector<double>& sizes, const RecommendOptions& options) {
  const double times = options.parameters && !sizes.empty() ? times_outside(sizes, *options.parameters) : 1;
  if (times > 1 && !options.extrapolate) {
    return fail_usage(
        "--size: {} parameters are {} times beyond the measured sizes ({} to {}); measure a model of that "
        "size, or take the risk with --extrapolate",
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
  TRY_ASSIGN(const auto scenarios, common_scenarios(machines, options.batch));
  TRY_ASSIGN(const record::Metric* const metric, ranking_metric(machines, options));
  TRY(check_model(machines, options));
  const double indifference = indifference_of(options.indifference, machines.front().dataset);
  std::vector<Recommendation> recommendations;
  for (const Mode mode : modes) {
    std::vector<Machine> measured;
    measured.reserve(machines.size());
    for (const StudyResults& results : machines) {
      measured.push_back(machine_in(results, mode, scenarios, metric));
    }
    Recommendation asked;
    asked.mode = mode;
    asked.metric = metric != nullptr ? metric : &record::ranking_metric(mode);
    asked.several_machines = machines.size() > 1;
    for (const Scenario& scenario : scenarios) {
      asked.scenarios.push_back(scenario.name);
    }
    std::optional<SizeAnswers> answers;
    const Question question = ask(measured, mode, *asked.metric, options, indifference, answers);
    asked.measured_parameters = answers->sizes();
    TRY(check_reach(answers->sizes(), options));
    for (const SizeAnswers::Measured& model : asked_of(*answers, machines, options)) {
      Recommendation& answer = recommendations.emplace_back(asked);
      answer.parameters = model.parameters;
      answer.model = model.model;
      Standing standing;
      if (!model.model.empty()) {
        standing = answers->at_model(model.model);
      } else if (model.parameters > 0) {
        standing = answers->at(model.parameters, options.extrapolate);
      }
      fill(question, std::move(standing), answer);
    }
  }
  return recommendations;
}

}  // namespace inferscale::analysis
