#include "search/crossover_search.hpp"

#include <algorithm>

#include "analysis/analysis.hpp"
#include "core/log.hpp"
#include "model/family.hpp"
#include "record/results_files.hpp"

namespace inferscale::search {
namespace {

/// Gives the two models their canonical names too: a stored plan has those.
Result<void> check_ends(record::Plan& plan) {
  if (plan.models.size() != 2 || plan.backends.size() != 2 || plan.repetitions < 2) {
    return fail_usage(
        "a search for a crossover takes two backends, two models (the ends of the range) and at least 2 "
        "repetitions; here are {}, {} and {}",
        plan.backends.size(), plan.models.size(), plan.repetitions);
  }
  TRY_ASSIGN(const model::Model low, model::resolve_model(plan.models[0]));
  TRY_ASSIGN(const model::Model high, model::resolve_model(plan.models[1]));
  if (!low.seeded() || !high.seeded()) {
    return fail_usage(
        "the ends of the range must be shapes, not folders: sizes between trained models do not exist");
  }
  if (low.config.family != high.config.family) {
    return fail_usage("'{}' is of the family {} and '{}' of {}, so no shape lies between them",
                      plan.models[0], low.config.family->name, plan.models[1], high.config.family->name);
  }
  if (parameter_count(low.config) >= parameter_count(high.config)) {
    return fail_usage("'{}' is not smaller than '{}': give the smaller end first", plan.models[0],
                      plan.models[1]);
  }
  plan.models = {low.name, high.name};
  return {};
}

/// The sizes that an earlier run chose, after the ends.
Result<void> take_up(record::Plan& plan, const std::filesystem::path& folder) {
  const auto file = folder / "plan.json";
  if (!std::filesystem::exists(file)) {
    return {};
  }
  TRY_ASSIGN(const record::Plan stored, record::load_plan(file));
  for (const auto& model : stored.models) {
    if (std::find(plan.models.begin(), plan.models.end(), model) == plan.models.end()) {
      plan.models.push_back(model);
    }
  }
  return {};
}

/// The pair's points in the searched mode; A / B whichever came first in the data.
std::vector<analysis::RatioPoint> ratio_points(const analysis::Analysis& analysis,
                                               const SearchSettings& settings) {
  for (const analysis::Crossover& crossover : analysis.crossovers) {
    if (crossover.mode == settings.mode && crossover.first == settings.first &&
        crossover.second == settings.second) {
      return crossover.points;
    }
  }
  return {};
}

Result<std::vector<SearchPoint>> search_points(const MeasuredStudy& study, const SearchSettings& settings) {
  TRY_ASSIGN(const analysis::Dataset dataset, analysis::load_dataset(study.folder));
  TRY_ASSIGN(const analysis::Analysis analysis, analyze(dataset, {{}, {settings.metric}}));
  const auto ratios = ratio_points(analysis, settings);
  std::vector<SearchPoint> points;
  for (const model::Model& model : study.models) {
    SearchPoint& point = points.emplace_back();
    point.shape = model.config;
    for (const analysis::RatioPoint& ratio : ratios) {
      if (ratio.model == model.name && ratio.complete && ratio.ci95) {
        point.result = ratio;
      }
    }
  }
  return points;
}

Result<void> write_search(const CrossoverSearch& search, const std::filesystem::path& folder) {
  return record::write_result(folder, "processed/crossover_search.json", to_pretty(to_json(search)));
}

}  // namespace

Result<SearchRun> search_crossover(record::Plan plan, const SearchSettings& settings,
                                   const std::filesystem::path& results_root, const MeasureStudy& measure) {
  TRY(check_ends(plan));
  TRY(take_up(plan, results_root / plan.label));
  SearchRun run;
  while (true) {
    TRY_ASSIGN(const MeasuredStudy study, measure(plan));
    run.folder = study.folder;
    if (study.interrupted) {
      run.search.settings = settings;
      run.search.end = {SearchStatus::interrupted, std::nullopt, "interrupted", std::nullopt};
      return run;
    }
    TRY_ASSIGN(const auto points, search_points(study, settings));
    run.search = replay_search(points, settings);
    TRY(write_search(run.search, run.folder));
    if (run.search.end.status != SearchStatus::searching) {
      return run;
    }
    const model::DecoderSpec& next = *run.search.end.next;
    log_info("next: {}, {}: {}", next.name, parameter_count(next), run.search.end.why);
    plan.models.push_back(next.name);
  }
}

}  // namespace inferscale::search
