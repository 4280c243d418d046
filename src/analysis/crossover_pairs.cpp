// Crossovers of every pair of backends over model size: overall, and on each scenario.
#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "analysis/study_index.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::analysis {
namespace {

template <class Comparison>
RatioPoint point_of(const Comparison& size, const RatioTest& test, bool complete) {
  RatioPoint point;
  point.model = size.model;
  point.parameters = static_cast<double>(size.parameters);
  point.ratio = test.ratio;
  point.ci95 = test.ci95;
  point.winner = test.winner;
  point.winner_name = test.winner > 0 ? size.first : test.winner < 0 ? size.second : "";
  point.complete = complete;
  return point;
}

/// Fit and brackets from the complete points.
void finish(Crossover& crossover) {
  std::vector<RatioPoint> complete;
  std::vector<double> parameters;
  std::vector<double> ratios;
  for (const RatioPoint& point : crossover.points) {
    if (point.complete) {
      complete.push_back(point);
      parameters.push_back(point.parameters);
      ratios.push_back(point.ratio);
    }
  }
  crossover.fit = fit_crossover(parameters, ratios);
  crossover.brackets = find_brackets(complete, crossover.first, crossover.second);
}

using Names = std::vector<std::string>;

/// Scenarios that the points of a fit share. See Crossover::scenarios.
Names shared_scenarios(const std::vector<const OverallComparison*>& sizes) {
  constexpr std::ptrdiff_t kEnoughToFit = 3;
  const auto full = [](const OverallComparison* size) { return size->complete; };
  const auto complete = std::find_if(sizes.begin(), sizes.end(), full);
  if (complete != sizes.end()) {
    const auto count = std::count_if(sizes.begin(), sizes.end(), full);
    if (count >= kEnoughToFit || count == std::ssize(sizes)) {
      return (*complete)->scenarios;
    }
  }
  Names shared = sizes.front()->scenarios;
  for (const OverallComparison* size : sizes) {
    std::erase_if(shared, [&](const std::string& name) {
      return std::find(size->scenarios.begin(), size->scenarios.end(), name) == size->scenarios.end();
    });
  }
  return shared;
}

bool holds_all(const Names& scenarios, const Names& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return std::find(scenarios.begin(), scenarios.end(), name) != scenarios.end();
  });
}

template <class Items>
int number_of(const Items& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  return static_cast<int>(found - items.begin());
}

/// The comparison again, over fewer scenarios than match.
RatioTest compare_over(const StudyIndex& index, const OverallComparison& size, const Names& names) {
  const Dataset& dataset = index.dataset();
  std::vector<int> scenarios;
  for (const std::string& name : names) {
    scenarios.push_back(number_of(dataset.scenarios, name));
  }
  const int model = number_of(dataset.models, size.model);
  const auto first = index.overall(size.mode, model, number_of(dataset.backends, size.first), scenarios);
  const auto second = index.overall(size.mode, model, number_of(dataset.backends, size.second), scenarios);
  return index.compare(size.mode, first, second);
}

}  // namespace

std::vector<Crossover> overall_crossovers(const StudyIndex& index,
                                          const std::vector<OverallComparison>& comparisons) {
  using Key = std::tuple<int, int, int>;
  std::map<Key, std::vector<const OverallComparison*>> pairs;
  for (const auto& comparison : comparisons) {
    pairs[{protocol::place_in_reports(comparison.mode), number_of(index.dataset().backends, comparison.first),
           number_of(index.dataset().backends, comparison.second)}]
        .push_back(&comparison);
  }
  std::vector<Crossover> result;
  for (const auto& [key, sizes] : pairs) {
    Crossover& crossover = result.emplace_back();
    crossover.first = sizes.front()->first;
    crossover.second = sizes.front()->second;
    crossover.mode = to_string(sizes.front()->mode);
    crossover.metric = sizes.front()->metric;
    crossover.scenarios = shared_scenarios(sizes);
    for (const OverallComparison* size : sizes) {
      const bool complete = !crossover.scenarios.empty() && holds_all(size->scenarios, crossover.scenarios);
      const bool same = size->scenarios == crossover.scenarios;
      crossover.points.push_back(point_of(
          *size, complete && !same ? compare_over(index, *size, crossover.scenarios) : size->test, complete));
    }
    finish(crossover);
  }
  return result;
}

std::vector<Crossover> scenario_crossovers(const StudyIndex& index,
                                           const std::vector<ScenarioComparison>& comparisons) {
  using Key = std::tuple<int, int, int, int>;
  const Dataset& dataset = index.dataset();
  std::map<Key, Crossover> pairs;
  for (const auto& comparison : comparisons) {
    Crossover& crossover = pairs[{
        protocol::place_in_reports(comparison.mode), number_of(dataset.backends, comparison.first),
        number_of(dataset.backends, comparison.second), number_of(dataset.scenarios, comparison.scenario)}];
    crossover.first = comparison.first;
    crossover.second = comparison.second;
    crossover.mode = to_string(comparison.mode);
    crossover.metric = comparison.metric;
    crossover.scenario = comparison.scenario;
    crossover.scenarios = {comparison.scenario};
    crossover.points.push_back(point_of(comparison, comparison.test, true));
  }
  std::vector<Crossover> result;
  for (auto& [key, crossover] : pairs) {
    finish(crossover);
    result.push_back(std::move(crossover));
  }
  return result;
}

}  // namespace inferscale::analysis
