#include "analysis/analysis.hpp"

#include <algorithm>

#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

Result<std::string> choose_baseline(const Dataset& dataset, const std::string& wanted) {
  const auto present = [&](std::string_view name) {
    return std::any_of(dataset.backends.begin(), dataset.backends.end(),
                       [&](const BackendFacts& backend) { return backend.name == name; });
  };
  if (!wanted.empty()) {
    if (!present(wanted)) {
      return fail_usage("baseline '{}' is not among the backends of the study", wanted);
    }
    return wanted;
  }
  for (const char* name : {"transformers-gpu-compile", "onnxruntime-cpu"}) {
    if (present(name)) {
      return name;
    }
  }
  return dataset.backends.empty() ? "" : dataset.backends.front().name;
}

}  // namespace

const record::QualityResult* excluding_gate(const std::vector<record::QualityResult>& quality,
                                            const std::string& model, const std::string& backend) {
  const auto found = std::find_if(quality.begin(), quality.end(), [&](const record::QualityResult& one) {
    return is_left_out(one.verdict.gate) && one.model == model && one.backend == backend;
  });
  return found == quality.end() ? nullptr : &*found;
}

double indifference_of(const Analysis& analysis) {
  return analysis.decisions.empty() ? kIndifference : analysis.decisions.front().indifference;
}

double indifference_of(const std::optional<double>& given, const Dataset& dataset) {
  return given ? *given : dataset.plan ? dataset.plan->indifference.value_or(kIndifference) : kIndifference;
}

const BackendFacts* find_backend(const Analysis& analysis, std::string_view name) {
  const auto found = std::find_if(analysis.backends.begin(), analysis.backends.end(),
                                  [&](const BackendFacts& one) { return one.name == name; });
  return found == analysis.backends.end() ? nullptr : &*found;
}

Result<Analysis> analyze(const Dataset& dataset, const AnalysisOptions& options) {
  Analysis analysis;
  TRY(check_ranking(options.ranking));
  TRY_ASSIGN(analysis.baseline, choose_baseline(dataset, options.baseline));
  analysis.study = dataset.study;
  analysis.notices = dataset.notices;
  analysis.models = dataset.models;
  analysis.backends = dataset.backends;
  analysis.scenarios.assign(dataset.scenarios.begin(), dataset.scenarios.begin() + dataset.planned_scenarios);
  analysis.modes = dataset.modes;
  analysis.quality = dataset.quality;
  const StudyIndex index(dataset, with_metric_of_plan(options.ranking, dataset));
  analysis.cells = cell_statistics(index);
  analysis.overall = overall_means(index);
  analysis.outcomes = outcome_totals(dataset);
  analysis.scenario_comparisons = compare_scenarios(index);
  analysis.overall_comparisons = compare_overall(index);
  analysis.crossovers = overall_crossovers(index, analysis.overall_comparisons);
  analysis.scenario_crossovers = scenario_crossovers(index, analysis.scenario_comparisons);
  const double indifference = indifference_of(options.indifference, dataset);
  analysis.scaling = scaling(index, analysis.baseline, indifference);
  analysis.decisions = decide(index, indifference);
  return analysis;
}

}  // namespace inferscale::analysis
