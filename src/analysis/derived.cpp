#include "analysis/derived.hpp"

#include <algorithm>

#include "analysis/csv.hpp"
#include "analysis/derived_fields.hpp"
#include "core/files.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/artifact_use.hpp"
#include "record/results_files.hpp"

namespace inferscale::analysis {
namespace {

std::string outcomes_csv(const Analysis& analysis) {
  std::string csv =
      "backend,mode,runs,ok,unsupported,degraded,missing,degradation_rate,degradation_rate_ci95_low,"
      "degradation_rate_ci95_high,classes\n";
  for (const OutcomeTotal& total : analysis.outcomes) {
    const OutcomeCounts& counts = total.outcomes;
    std::vector<std::string> classes;
    for (const auto& [outcome, count] : counts.by_outcome) {
      if (is_degraded(outcome)) {
        classes.push_back(fmt::format("{}={}", to_string(outcome), count));
      }
    }
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", csv_text(total.backend), to_string(total.mode),
                       counts.runs, counts.ok, counts.unsupported, counts.degraded, total.missing,
                       csv_number(total.degradation_rate), csv_interval(total.ci95), csv_list(classes));
  }
  return csv;
}

/// The first bracket's columns; a pair that changes more than once has the others in crossover.json.
std::string bracket_csv(const Crossover& crossover) {
  if (crossover.brackets.empty()) {
    return "0,,,,";
  }
  const Crossover::Bracket& first = crossover.brackets.front();
  return fmt::format("{},{},{},{},{}", crossover.brackets.size(), csv_number(first.low_parameters),
                     csv_number(first.high_parameters), csv_text(first.low_winner),
                     csv_number(first.interpolated));
}

std::string fit_csv(const std::optional<CrossoverFit>& fit) {
  if (!fit) {
    return ",,,,,,,,,,,,";
  }
  const auto curvature_p = fit->curvature ? std::optional(fit->curvature->p) : std::nullopt;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}", fit->n, csv_number(fit->k), csv_number(fit->a0),
                     csv_number(fit->r_squared), csv_number(fit->slope_p), csv_number(fit->crossover),
                     to_string(fit->fieller), csv_number(fit->ci95_low), csv_number(fit->ci95_high),
                     fit->extrapolated, csv_interval(fit->leave_one_out), csv_number(curvature_p));
}

std::string crossover_csv(const Analysis& analysis) {
  std::string csv =
      "first,second,mode,scenario,brackets,bracket_low_parameters,bracket_high_parameters,bracket_low_winner,"
      "interpolated_parameters,sizes,k,a0,r_squared,slope_p,crossover_parameters,fieller,ci95_low_parameters,"
      "ci95_high_parameters,extrapolated,leave_one_out_low_parameters,leave_one_out_high_parameters,"
      "curvature_p,metric\n";
  for (const auto* list : {&analysis.crossovers, &analysis.scenario_crossovers}) {
    for (const Crossover& crossover : *list) {
      csv += fmt::format("{},{},{},{},{},{},{}\n", csv_text(crossover.first), csv_text(crossover.second),
                         crossover.mode, csv_text(crossover.scenario), bracket_csv(crossover),
                         fit_csv(crossover.fit), crossover.metric->name);
    }
  }
  return csv;
}

std::string scaling_csv(const Analysis& analysis) {
  std::string csv =
      "backend,mode,sizes,exponent,exponent_ci95_low,exponent_ci95_high,r_squared,smallest_model,"
      "smallest_tok_s,largest_model,largest_tok_s,advantage_smallest,advantage_smallest_ci95_low,"
      "advantage_smallest_ci95_high,advantage_largest,advantage_largest_ci95_low,advantage_largest_ci95_"
      "high,metric,smallest_value,largest_value,advantage_change,advantage_change_ci95_low,advantage_change_"
      "ci95_high,trend\n";
  const auto advantage = [](const std::optional<RatioTest>& test) {
    return test ? csv_number(test->ratio) + "," + csv_interval(test->ci95) : std::string(",,");
  };
  for (const BackendScaling& one : analysis.scaling) {
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(one.backend),
                    to_string(one.mode), one.n, csv_number(one.exponent), csv_interval(one.exponent_ci95),
                    csv_number(one.r_squared), csv_text(one.smallest_model), csv_number(smallest_tok_s(one)),
                    csv_text(one.largest_model), csv_number(largest_tok_s(one)),
                    advantage(one.advantage_smallest), advantage(one.advantage_largest), one.metric->name,
                    one.smallest_value, one.largest_value, advantage(one.advantage_change), trend_name(one));
  }
  return csv;
}

std::string decision_csv(const Analysis& analysis) {
  std::string csv =
      "mode,basis,low_parameters,high_parameters,models,winner,tied_with,runner_up,margin,margin_ci95_low,"
      "margin_ci95_high,metric,use,alike_with,undecided_with,margin_over\n";
  for (const Decision& decision : analysis.decisions) {
    for (const DecisionLine& line : decision.lines) {
      const auto margin =
          line.margin ? csv_number(line.margin->ratio) + "," + csv_interval(line.margin->ci95) : ",,";
      csv +=
          fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", to_string(decision.mode),
                      to_string(line.basis), line.low_parameters, line.high_parameters, csv_list(line.models),
                      csv_text(line.winner), csv_list(line.tied_with), csv_text(line.runner_up), margin,
                      decision.metric->name, csv_text(line.use), csv_list(line.alike_with),
                      csv_list(line.undecided_with), csv_text(line.margin_over));
    }
  }
  return csv;
}

std::string comparisons_csv(const Analysis& analysis) {
  std::string csv =
      "mode,model,parameters,first,second,complete,first_value,second_value,ratio,ratio_ci95_low,"
      "ratio_ci95_high,n_first,n_second,t,df,p,p_holm,hedges_g,metric\n";
  for (const OverallComparison& one : analysis.overall_comparisons) {
    const RatioTest& test = one.test;
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", to_string(one.mode),
                    csv_text(one.model), one.parameters, csv_text(one.first), csv_text(one.second),
                    one.complete, one.first_mean, one.second_mean, test.ratio, csv_interval(test.ci95),
                    test.n_first, test.n_second, csv_number(test.t), csv_number(test.df), csv_number(test.p),
                    csv_number(test.p_holm), csv_number(test.hedges_g), one.metric->name);
  }
  return csv;
}

std::string roofline_csv(const std::vector<RooflineShare>& shares) {
  std::string csv =
      "mode,model,backend,scenario,latency_ms,limit_ms,share,bound,read_gb_s,gflop_s,flop_per_byte\n";
  for (const RooflineShare& one : shares) {
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", to_string(one.mode), csv_text(one.model),
                    csv_text(one.backend), csv_text(one.scenario), one.latency_ms, one.limit_ms, one.share,
                    one.compute_bound ? "compute" : "memory", one.read_gb_s, one.gflop_s, one.flop_per_byte);
  }
  return csv;
}

std::string precision_csv(const std::vector<PrecisionComparison>& comparisons) {
  std::string csv =
      "mode,model,backend,precision,reference,throughput_tok_s,speedup,speedup_ci95_low,speedup_ci95_high,"
      "build_s,artifact_bytes,paid_back_after_s,paid_back_after_tokens,perplexity,perplexity_change,gate\n";
  for (const PrecisionComparison& one : comparisons) {
    const auto speedup =
        one.speedup ? csv_number(one.speedup->ratio) + "," + csv_interval(one.speedup->ci95) : ",,";
    const auto paid_back = one.paid_back ? fmt::format("{},{}", one.paid_back->seconds, one.paid_back->tokens)
                                         : std::string(",");
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", to_string(one.mode), csv_text(one.model),
                       csv_text(one.backend), one.precision, csv_text(one.reference),
                       csv_number(one.throughput_tok_s), speedup, csv_number(one.build_s),
                       csv_number(one.artifact_bytes), paid_back, csv_number(one.perplexity),
                       csv_number(one.perplexity_change), to_string(one.gate));
  }
  return csv;
}

std::string cost_csv(const std::vector<ServingCost>& costs) {
  std::string csv =
      "mode,model,parameters,backend,throughput_tok_s,build_s,price_per_hour,price_per_million_tokens,"
      "price_ci95_low,price_ci95_high,paid_back_against,extra_build_s,paid_back_after_s,paid_back_after_"
      "tokens\n";
  for (const ServingCost& one : costs) {
    const auto paid_back = one.paid_back ? fmt::format("{},{},{}", one.extra_build_s, one.paid_back->seconds,
                                                       one.paid_back->tokens)
                                         : std::string(",,");
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", to_string(one.mode), csv_text(one.model),
                       one.parameters, csv_text(one.backend), one.throughput_tok_s, csv_number(one.build_s),
                       csv_number(one.price_per_hour), csv_number(one.price_per_million_tokens),
                       csv_interval(one.price_ci95), csv_text(one.paid_back_against), paid_back);
  }
  return csv;
}

std::string output_length_csv(const std::vector<OutputLength>& lengths) {
  std::string csv = "mode,model,scenario,later,sooner,new_tokens\n";
  for (const OutputLength& one : lengths) {
    csv += fmt::format("{},{},{},{},{},{}\n", to_string(one.mode), csv_text(one.model),
                       csv_text(one.scenario), csv_text(one.later), csv_text(one.sooner), one.new_tokens);
  }
  return csv;
}

std::string step_growth_csv(const std::vector<StepGrowth>& growths) {
  std::string csv =
      "mode,model,backend,batch,contexts,least_tokens,most_tokens,ms_at_least,ms_per_1000_tokens,"
      "most_over_least\n";
  for (const StepGrowth& one : growths) {
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", to_string(one.mode), csv_text(one.model),
                       csv_text(one.backend), one.batch, one.contexts, one.least, one.most, one.ms_at_least,
                       one.ms_per_1000_tokens, one.most_over_least);
  }
  return csv;
}

/// Nothing for a study without a KV cache.
Result<void> write_decode(const StudyResults& results, const Analysis& analysis,
                          const std::filesystem::path& folder) {
  const bool cached = std::any_of(analysis.modes.begin(), analysis.modes.end(),
                                  [](protocol::Mode mode) { return protocol::descriptor(mode).cached(); });
  if (!cached) {
    return {};
  }
  const auto lengths = output_lengths(analysis);
  const auto growths = step_growths(analysis, planned_new_tokens(results.plan));
  Json json = versioned_json();
  json["study"] = analysis.study;
  json["output_lengths"] = PlainCodec::write(lengths);
  json["step_growths"] = PlainCodec::write(growths);
  TRY(write_file_atomic(folder / "decode.json", to_pretty(json)));
  TRY(write_file_atomic(folder / "output_length.csv", output_length_csv(lengths)));
  return write_file_atomic(folder / "step_growth.csv", step_growth_csv(growths));
}

}  // namespace

Result<void> write_derived(const StudyResults& results, const Analysis& analysis, const Prices& prices) {
  TRY(record::refuse_linked_folders(results.folder, "processed"));
  const auto folder = results.folder / "processed";
  const auto shares =
      roofline_shares(results.plan, results.environment, analysis, record::uses_of(results.manifest).models);
  StudyBuilds builds = artifact_facts(results.manifest);
  builds.kept = kept_builds(folder);  // a figure that was known once is not replaced by none
  const auto precisions = compare_precisions(analysis, builds, results.plan, results.environment);
  const auto costs = serving_costs(analysis, builds, results.plan, prices, results.name);
  const auto write_list = [&](const char* name, const char* field, const Json& list) {
    Json json = versioned_json();
    json["study"] = analysis.study;
    json[field] = list;
    return write_file_atomic(folder / name, to_pretty(json));
  };
  TRY(write_list("roofline.json", "shares", PlainCodec::write(shares)));
  TRY(write_list("precision.json", "precisions", PlainCodec::write(precisions)));
  TRY(write_list("cost.json", "costs", PlainCodec::write(costs)));
  TRY(write_decode(results, analysis, folder));
  TRY(write_file_atomic(folder / "cost.csv", cost_csv(costs)));
  TRY(write_file_atomic(folder / "outcomes.csv", outcomes_csv(analysis)));
  TRY(write_file_atomic(folder / "crossover.csv", crossover_csv(analysis)));
  TRY(write_file_atomic(folder / "scaling.csv", scaling_csv(analysis)));
  TRY(write_file_atomic(folder / "decision.csv", decision_csv(analysis)));
  TRY(write_file_atomic(folder / "comparisons.csv", comparisons_csv(analysis)));
  TRY(write_file_atomic(folder / "roofline.csv", roofline_csv(shares)));
  return write_file_atomic(folder / "precision.csv", precision_csv(precisions));
}

}  // namespace inferscale::analysis
