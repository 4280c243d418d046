#include "analysis/recommend.hpp"

#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <set>

#include "analysis/quantity.hpp"
#include "analysis/recommend_fields.hpp"
#include "cli/commands.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/plan_ranges.hpp"
#include "terminal/indifference_option.hpp"
#include "terminal/metric_option.hpp"
#include "terminal/number_options.hpp"
#include "terminal/print.hpp"
#include "terminal/quantities.hpp"
#include "terminal/text_table.hpp"

namespace inferscale::cli {

using namespace analysis;

namespace {

struct RecommendArguments {
  std::vector<std::string> folders, prices;
  std::string size, model, mode, metric, indifference, max_perplexity_change;
  std::optional<int> batch;
  std::optional<double> max_latency_ms, max_first_token_ms, max_token_ms, min_throughput_tok_s;
  std::string percentile;
  bool no_gpu = false, extrapolate = false, json = false;
};

/// The metric of that name, or the same at a percentile.
const record::Metric* at_percentile(std::string_view name, const std::string& percentile) {
  const std::string stem(name.substr(0, name.size() - std::string_view("_ms").size()));
  return record::find_metric(percentile.empty() ? std::string(name)
                                                : fmt::format("{}_p{}_ms", stem, percentile));
}

/// A percentile is of latencies and of the times of tokens; a first token has a mean alone.
std::vector<MetricLimit> limits_of(const RecommendArguments& arguments) {
  std::vector<MetricLimit> limits;
  const auto add = [&](const std::optional<double>& most, const record::Metric* metric) {
    if (most) {
      limits.push_back({metric, *most});
    }
  };
  add(arguments.max_latency_ms, at_percentile("latency_ms", arguments.percentile));
  add(arguments.max_first_token_ms, at_percentile("time_to_first_token_ms", {}));
  add(arguments.max_token_ms, at_percentile("time_per_output_token_ms", arguments.percentile));
  return limits;
}

Result<RecommendOptions> options_of(const RecommendArguments& arguments) {
  RecommendOptions options;
  if (!arguments.size.empty()) {
    TRY_ASSIGN(options.parameters, terminal::parse_parameters(arguments.size, "--size"));
  }
  if (!arguments.mode.empty()) {
    options.mode = protocol::parse_mode(arguments.mode);
    if (!options.mode) {
      return fail_usage("--mode is {}, not '{}'", protocol::mode_names(), arguments.mode);
    }
  }
  TRY_ASSIGN(options.cost_per_hour, terminal::parse_prices(arguments.prices));
  TRY_ASSIGN(options.metric, terminal::parse_metric_option(arguments.metric));
  TRY_ASSIGN(options.indifference, terminal::parse_indifference_option(arguments.indifference));
  options.model = arguments.model;
  options.batch = arguments.batch;
  if (!arguments.percentile.empty() && !arguments.max_latency_ms && !arguments.max_token_ms) {
    return fail_usage("--percentile is of --max-latency-ms or --max-time-per-output-token-ms: give one");
  }
  options.limits = limits_of(arguments);
  options.min_throughput_tok_s = arguments.min_throughput_tok_s;
  if (!arguments.max_perplexity_change.empty()) {
    TRY_ASSIGN(options.max_perplexity_change,
               terminal::parse_share(arguments.max_perplexity_change, "--max-perplexity-change"));
  }
  options.no_gpu = arguments.no_gpu;
  options.extrapolate = arguments.extrapolate;
  return options;
}

std::string basis_text(const Recommendation& answer) {
  if (answer.candidates.empty()) {
    return {};
  }
  const Candidate& first = answer.candidates[answer.use];
  switch (first.basis) {
    case Basis::measured:
      return fmt::format(", measured ({})", first.models.front());
    case Basis::interpolated:
      return fmt::format(", interpolated between {}", fmt::join(first.models, " and "));
    case Basis::extrapolated:
      return fmt::format(", extrapolated from {}", fmt::join(first.models, " and "));
  }
  return {};
}

/// "1.45 times the tok/s of b (95% interval 1.40 to 1.50)"; of a metric of which less is better, "times as
/// fast as b".
std::string gain_text(const Recommendation& answer, const std::string& other) {
  const record::Metric& metric = *answer.metric;
  if (metric.priced) {
    return "times the tokens for the money of " + other;
  }
  return metric.better == record::Direction::higher ? fmt::format("times the {} of {}", metric.unit, other)
                                                    : fmt::format("{} {}", metric.comparative, other);
}

/// Of the one to use over the best of the others, with its interval.
std::string margin_text(const Recommendation& answer, bool several) {
  const Candidate& other = answer.candidates[answer.use == 0 ? 1 : 0];
  const RatioTest& margin = other.behind_use;
  const std::string interval =
      margin.ci95
          ? fmt::format("95% interval {} to {}", ratio_text(margin.ci95->low), ratio_text(margin.ci95->high))
          : "no interval: too few repetitions or sizes";
  return fmt::format("{} {} ({})", ratio_text(margin.ratio), gain_text(answer, label(other, several)),
                     interval);
}

/// " (alike: b, c; undecided: d)"
std::string near_text(const Recommendation& answer) {
  std::vector<std::string> parts;
  if (const auto alike = names_with<Verdict::alike>(answer); !alike.empty()) {
    parts.push_back(fmt::format("alike: {}", fmt::join(alike, ", ")));
  }
  if (const auto undecided = names_with<Verdict::undecided>(answer); !undecided.empty()) {
    parts.push_back(fmt::format("undecided: {}", fmt::join(undecided, ", ")));
  }
  return parts.empty() ? std::string() : fmt::format(" ({})", fmt::join(parts, "; "));
}

std::string answer_line(const Recommendation& answer, bool several) {
  if (answer.candidates.empty()) {
    return "nothing: no backend is measured well enough and meets what was asked";
  }
  const std::string line = "use " + label(answer.candidates[answer.use], several) + near_text(answer);
  return answer.candidates.size() > 1 ? line + ": " + margin_text(answer, several)
                                      : line + ": the only candidate";
}

/// The metric has a column of its own where the table has none for it.
bool shows_value(const record::Metric& metric) {
  return &metric != &record::kThroughput && !metric.priced;
}

std::string candidates_table(const Recommendation& answer, bool several) {
  const bool with_perplexity =
      std::any_of(answer.candidates.begin(), answer.candidates.end(),
                  [](const Candidate& candidate) { return candidate.perplexity_change.has_value(); });
  std::vector<std::vector<std::string>> rows;
  for (const Candidate& candidate : answer.candidates) {
    const auto& price = candidate.price_per_million_tokens;
    rows.push_back({"  " + label(candidate, several), number_text(candidate.throughput_tok_s),
                    number_text(candidate.worst_latency_ms), candidate.worst_scenario,
                    price ? number_text(*price) : "-", std::string(to_string(candidate.basis))});
    if (with_perplexity) {
      const auto& change = candidate.perplexity_change;
      rows.back().insert(rows.back().end() - 1, change ? change_text(*change) : "-");
    }
    if (shows_value(*answer.metric)) {
      rows.back().insert(rows.back().begin() + 1, number_text(candidate.value));
    }
  }
  std::vector<terminal::TextColumn> columns{{"  backend", false},         {"tok/s", true},
                                            {"slowest ms", true},         {"in", false},
                                            {"price per M tokens", true}, {"basis", false}};
  if (with_perplexity) {
    columns.insert(columns.end() - 1, {"perplexity", true});
  }
  if (shows_value(*answer.metric)) {
    columns.insert(columns.begin() + 1,
                   {fmt::format("{}, {}", answer.metric->words, answer.metric->unit), true});
  }
  return terminal::text_table(columns, rows);
}

void print_answer(const Recommendation& answer, bool several) {
  const std::string size = answer.parameters > 0 ? parameters_text(answer.parameters) : "any number of";
  terminal::print("{}, {} parameters{}\n", to_string(answer.mode), size, basis_text(answer));
  terminal::print("  {}\n", answer_line(answer, several));
  if (!answer.candidates.empty()) {
    terminal::print("{}", candidates_table(answer, several));
  }
  for (const LeftOut& left_out : answer.left_out) {
    terminal::print("  left out: {}: {}\n", left_out.backend, left_out.reason);
  }
  terminal::print("\n");
}

/// A line each, once a mode: every answer of a mode has the same.
void print_unanswered(const std::vector<Recommendation>& answers) {
  std::set<protocol::Mode> told;
  for (const Recommendation& answer : answers) {
    if (!told.insert(answer.mode).second) {
      continue;
    }
    for (const UnansweredModel& one : answer.unanswered) {
      terminal::print("{}, {} ({} parameters) has no answer: {} (--model {} says why)\n",
                      to_string(answer.mode), one.model, parameters_text(one.parameters), one.reason,
                      one.model);
    }
  }
}

void print_answers(const std::vector<Recommendation>& answers, bool several) {
  for (const Recommendation& answer : answers) {
    print_answer(answer, several);
  }
  print_unanswered(answers);
  std::set<double> measured;  // of modes that may have been measured at other sizes
  for (const Recommendation& answer : answers) {
    measured.insert(answer.measured_parameters.begin(), answer.measured_parameters.end());
  }
  std::vector<std::string> sizes;
  for (const double size : measured) {
    sizes.push_back(parameters_text(size));
  }
  terminal::print("Scenarios: {}. Measured sizes: {}.\n", fmt::join(answers.front().scenarios, ", "),
                  sizes.empty() ? "none with every scenario ok" : fmt::format("{}", fmt::join(sizes, ", ")));
}

Result<int> run_recommend(const RecommendArguments& arguments) {
  TRY_ASSIGN(const RecommendOptions options, options_of(arguments));
  const std::vector<std::filesystem::path> folders(arguments.folders.begin(), arguments.folders.end());
  TRY_ASSIGN(const auto machines, load_study_results(folders));
  TRY_ASSIGN(const auto answers, recommend(machines, options));
  const bool several = machines.size() > 1;
  for (const StudyResults& machine : machines) {
    for (const std::string& notice : machine.dataset.notices) {
      fmt::print(stderr, "inferscale: {}{}\n", several ? machine.name + ": " : "", notice);
    }
  }
  for (const std::string& notice : other_work_notices(machines)) {
    fmt::print(stderr, "inferscale: {}\n", notice);
  }
  if (arguments.json) {
    Json json = versioned_json();
    json["answers"] = PlainCodec::write(answers);
    fmt::print("{}", to_pretty(json));
  } else {
    print_answers(answers, several);
  }
  const bool answered = std::all_of(answers.begin(), answers.end(),
                                    [](const Recommendation& answer) { return !answer.candidates.empty(); });
  return answered ? 0 : 1;
}

/// An empty variable of a script would else ask another question than was meant.
CLI::Validator not_empty() {
  return {[](const std::string& text) { return text.empty() ? "must not be empty" : std::string(); }, ""};
}

}  // namespace

void add_recommend_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("recommend", "Say which backend to use for a model size, under constraints");
  auto arguments = std::make_shared<RecommendArguments>();
  command->add_option("dir", arguments->folders, "Results folders: one, or one a machine")
      ->required()
      ->type_name("DIR...");
  command->add_option("--size", arguments->size, "Parameters, such as 60M; without it, every measured size")
      ->type_name("SIZE")
      ->check(not_empty());
  command->add_option("--model", arguments->model, "A measured model by name, in place of a size")
      ->type_name("NAME")
      ->check(not_empty());
  command->add_option("--mode", arguments->mode, protocol::mode_names() + "; without it, every one measured")
      ->type_name("MODE")
      ->check(not_empty());
  terminal::add_metric_option(*command, arguments->metric);
  terminal::add_indifference_option(*command, arguments->indifference);
  command->add_option("--batch", arguments->batch, "Only scenarios with this batch size")
      ->transform(terminal::whole_number_in(record::range_of<protocol::Scenario>("batch")));
  command
      ->add_option("--max-latency-ms", arguments->max_latency_ms, "The slowest scenario may take no longer")
      ->check(terminal::positive_number());
  command
      ->add_option("--max-time-to-first-token-ms", arguments->max_first_token_ms,
                   "Of mode decode: the next token of a prompt may take no longer, in any scenario")
      ->check(terminal::positive_number());
  command
      ->add_option("--max-time-per-output-token-ms", arguments->max_token_ms,
                   "Of mode decode: a further token may take no longer, in any scenario")
      ->check(terminal::positive_number());
  command
      ->add_option("--percentile", arguments->percentile,
                   "Hold this percentile of latencies and of tokens' times to the limits, not the mean")
      ->type_name("50|90|99")
      ->check(CLI::IsMember({"50", "90", "99"}).description(""));
  command
      ->add_option("--min-throughput", arguments->min_throughput_tok_s,
                   "The mean over the scenarios must reach this many tok/s")
      ->check(terminal::number_from_zero());
  command
      ->add_option("--max-perplexity-change", arguments->max_perplexity_change,
                   "Of trained weights: perplexity may differ from the reference's by no more")
      ->type_name("PERCENT");
  command->add_flag("--no-gpu", arguments->no_gpu, "Only backends that run on a CPU");
  command
      ->add_option("--cost-per-hour", arguments->prices,
                   "Price of an hour by backend (or machine/backend): the cheapest token wins")
      ->delimiter(',')
      ->type_name("BACKEND=PRICE,...");
  command->add_flag("--extrapolate", arguments->extrapolate,
                    "Answer beyond the measured sizes too, on a line through all of them");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Exit codes: 0 answered, 1 no backend meets what was asked, 2 wrong usage. "
      "docs/how-to/recommend.md says how the answer comes about.");
  command->callback([arguments, &exit_code] {
    const auto result = run_recommend(*arguments);
    exit_code = result ? *result : report_error(result.error());
  });
}

}  // namespace inferscale::cli
