#include "analysis/recommend.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/common_scenarios.hpp"
#include "analysis/cost.hpp"
#include "analysis/environment_diff.hpp"
#include "analysis/perplexity_cost.hpp"
#include "analysis/quantity.hpp"
#include "analysis/recommend_question.hpp"

namespace inferscale::analysis {

using namespace protocol;

namespace {

Candidate candidate_of(const Machine& machine, const Contender& contender, const Place& place) {
  Candidate candidate;
  candidate.machine = contender.machine;
  candidate.backend = contender.backend;
  candidate.basis = place.basis;
  candidate.models = place.models;
  candidate.value = std::exp(place.figures.log_value);
  candidate.throughput_tok_s = std::exp(place.figures.log_throughput);
  const std::size_t scenario = worst_scenario(machine, place.figures, record::kLatency).value_or(0);
  candidate.worst_latency_ms = std::exp(place.figures.log_of(record::kLatency, scenario));
  candidate.worst_scenario = scenario_name(machine, scenario);
  candidate.perplexity_change =
      perplexity_cost(machine.index.dataset().quality, contender.backend, place.models);
  candidate.behind_best = place.behind_best;
  candidate.behind_use = place.behind_use;
  candidate.verdict = opposite(place.use_is);
  candidate.tied = place.best_is != Verdict::faster;
  return candidate;
}

/// Tokens for the money rank where the metric is a price. `price`: above 0.
void rank_by_price(Contender& contender, double price) {
  for (CurvePoint& point : contender.curve) {
    point.figures.good.mean -= std::log(price);
    point.figures.log_value =
        std::log(price_per_million_tokens(price, std::exp(point.figures.log_throughput)).value_or(0));
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

/// Takes what breaks a constraint out of the standing, and answers with the rest.
void fill(const Question& question, Standing standing, Recommendation& answer) {
  const auto& contenders = question.answers.contenders();
  std::vector<std::string> reasons(contenders.size());
  std::vector<bool> placed(contenders.size(), false);
  std::erase_if(standing.places, [&](const Place& place) {
    placed[place.contender] = true;
    reasons[place.contender] = limit_broken(*question.machine_of[place.contender],
                                            contenders[place.contender].backend, place, question.options);
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
    std::string reason = placed[i] ? reasons[i] : question.never[i];
    if (!placed[i] && reason.empty()) {
      reason = no_place_because(*question.machine_of[i], question.backend_of[i], question.mode,
                                contenders[i].curve, {answer.model, answer.parameters});
    }
    if (!reason.empty()) {
      Candidate one;
      one.machine = contenders[i].machine;
      one.backend = contenders[i].backend;
      answer.left_out.push_back({label(one, answer.several_machines), answer.model, reason});
    }
  }
}

/// Whether a model of that name and size is one that was asked about.
bool asks_about(const RecommendOptions& options, const std::string& model, double parameters) {
  const bool by_size = !options.parameters || same_size(parameters, *options.parameters);
  const bool by_name = options.model.empty() || model == options.model;
  return by_size && by_name;
}

/// The models that are measured at the size asked about, or a nameless one.
std::vector<SizeAnswers::Measured> asked_of(const SizeAnswers& answers,
                                            std::span<const StudyResults> machines,
                                            const RecommendOptions& options) {
  std::vector<SizeAnswers::Measured> asked;
  for (const SizeAnswers::Measured& measured : answers.measured()) {
    if (asks_about(options, measured.model, measured.parameters)) {
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

/// Models that were measured, and that no contender has a point at. Where the mode has no figure of the
/// metric, none has one, and each backend's reason says so.
std::vector<UnansweredModel> unanswered_models(const Question& question, const record::Metric& metric) {
  std::vector<UnansweredModel> unanswered;
  if (!question.options.model.empty() || !record::has_metric(question.mode, metric)) {
    return unanswered;
  }
  const auto& answered = question.answers.measured();
  const auto lists = [](const auto& models, const std::string& name) {
    return std::any_of(models.begin(), models.end(), [&](const auto& one) { return one.model == name; });
  };
  for (const Machine& machine : question.machines) {
    for (const ModelSize& model : machine.index.dataset().models) {
      const auto parameters = static_cast<double>(model.parameters);
      if (lists(answered, model.name) || lists(unanswered, model.name) ||
          !asks_about(question.options, model.name, parameters)) {
        continue;
      }
      if (std::string reason = unanswered_because(question.machines, question.mode, model.name);
          !reason.empty()) {
        unanswered.push_back({model.name, parameters, std::move(reason)});
      }
    }
  }
  return unanswered;
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

/// Answers go by a model's name: where it has another size in another folder, different models would be
/// ranked against each other.
Result<void> check_one_model_a_name(std::span<const StudyResults> machines, const RecommendOptions& options) {
  struct Seen {
    const StudyResults* results;
    std::int64_t parameters;
  };
  std::map<std::string, Seen> seen;
  for (const StudyResults& machine : machines) {
    for (const ModelSize& model : machine.dataset.models) {
      const Seen& first = seen.try_emplace(model.name, Seen{&machine, model.parameters}).first->second;
      const auto asked = [&](std::int64_t parameters) {
        return asks_about(options, model.name, static_cast<double>(parameters));
      };
      if (first.parameters != model.parameters && (asked(first.parameters) || asked(model.parameters))) {
        return fail_usage(
            "the model '{}' has {} parameters in '{}' and {} in '{}': "
            "different models cannot be ranked against each other",
            model.name, first.parameters, first.results->folder.string(), model.parameters,
            machine.folder.string());
      }
    }
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
    const auto asked_about = [&](Mode mode) {
      return std::all_of(options.limits.begin(), options.limits.end(),
                         [&](const MetricLimit& limit) { return record::has_metric(mode, *limit.metric); });
    };
    // A limit on tokens' times asks about the modes that have such. Where none has, none is an answer.
    if (std::any_of(modes.begin(), modes.end(), asked_about)) {
      std::erase_if(modes, [&](Mode mode) { return !asked_about(mode); });
    }
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

std::vector<std::string> other_work_notices(std::span<const StudyResults> machines) {
  std::vector<std::string> notices;
  for (const StudyResults& machine : machines) {
    if (const std::string work = other_work(machines.front(), machine); !work.empty()) {
      notices.push_back(fmt::format("{} was asked for other work, which no ranking takes into account: {}",
                                    machine.name, work));
    }
  }
  return notices;
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
  TRY(check_one_model_a_name(machines, options));
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
    asked.unanswered = unanswered_models(question, *asked.metric);
    if (asked.unanswered.empty()) {  // a size that was measured is not out of reach
      TRY(check_reach(answers->sizes(), options));
    }
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
