// Every pair of backends, on each scenario and on the overall mean over matching scenarios.
#include <algorithm>
#include <iterator>

#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

/// Items of each mode are one family; the list is ordered by mode.
template <class Item, class Get>
void adjust_by_mode(std::vector<Item>& items, Get get) {
  for (auto first = items.begin(); first != items.end();) {
    const auto last =
        std::find_if(first, items.end(), [&](const Item& item) { return item.mode != first->mode; });
    std::vector<Item*> family;
    std::transform(first, last, std::back_inserter(family), [](Item& item) { return &item; });
    adjust_family(std::span<Item*>(family), get);
    first = last;
  }
}

void compare_cells(const StudyIndex& index, protocol::Mode mode, int model, StudyIndex::Range first,
                   StudyIndex::Range second, std::vector<ScenarioComparison>& result) {
  const auto& cells = index.dataset().cells;
  std::size_t i = first.first;
  std::size_t j = second.first;
  while (i < first.first + first.count && j < second.first + second.count) {
    if (cells[i].scenario != cells[j].scenario) {
      ++(cells[i].scenario < cells[j].scenario ? i : j);
      continue;
    }
    if (!index.values(i).empty() && !index.values(j).empty()) {
      result.push_back({index.model(model), index.parameters(model), mode,
                        index.scenario(cells[i].scenario).name, index.backend(cells[i].backend),
                        index.backend(cells[j].backend), &index.metric(mode),
                        index.compare(mode, index.values(i), index.values(j))});
    }
    ++i;
    ++j;
  }
}

/// Means of the two backends' cells, in the order of `scenarios`.
std::vector<double> scenario_means(const StudyIndex& index, protocol::Mode mode, int model, int backend,
                                   const std::vector<int>& scenarios) {
  std::vector<double> means;
  const auto range = index.cells_of(mode, model, backend);
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    if (std::binary_search(scenarios.begin(), scenarios.end(), index.dataset().cells[i].scenario)) {
      means.push_back(arithmetic_mean(index.values(i)));
    }
  }
  return means;
}

std::optional<OverallComparison> compare_pair(const StudyIndex& index, protocol::Mode mode, int model,
                                              const BackendAtSize& first, const BackendAtSize& second) {
  std::vector<int> matching;
  std::set_intersection(first.scenarios.begin(), first.scenarios.end(), second.scenarios.begin(),
                        second.scenarios.end(), std::back_inserter(matching));
  if (matching.empty()) {
    return std::nullopt;
  }
  const auto overall = [&](const BackendAtSize& backend) {
    return backend.scenarios == matching ? backend.overall
                                         : index.overall(mode, model, backend.backend, matching);
  };
  const auto a = overall(first);
  const auto b = overall(second);
  OverallComparison result;
  result.model = index.model(model);
  result.parameters = index.parameters(model);
  result.mode = mode;
  result.first = index.backend(first.backend);
  result.second = index.backend(second.backend);
  result.complete = first.complete && second.complete;
  result.scenarios = index.names(matching);
  result.metric = &index.metric(mode);
  result.first_mean = a.mean;
  result.second_mean = b.mean;
  result.test = index.compare(mode, a, b);
  const auto first_means = scenario_means(index, mode, model, first.backend, matching);
  const auto second_means = scenario_means(index, mode, model, second.backend, matching);
  result.paired = result.metric->better == record::Direction::higher
                      ? compare_paired(first_means, second_means)
                      : compare_paired(second_means, first_means);
  return result;
}

}  // namespace

std::vector<ScenarioComparison> compare_scenarios(const StudyIndex& index) {
  std::vector<ScenarioComparison> result;
  for (const protocol::Mode mode : index.dataset().modes) {
    for (int model = 0; model < index.models(); ++model) {
      std::vector<StudyIndex::Range> ranges;
      for (int backend = 0; backend < index.backends(); ++backend) {
        if (const auto range = index.cells_of(mode, model, backend);
            range.count != 0 && index.may_rank(model, backend)) {
          ranges.push_back(range);
        }
      }
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        for (std::size_t j = i + 1; j < ranges.size(); ++j) {
          compare_cells(index, mode, model, ranges[i], ranges[j], result);
        }
      }
    }
  }
  adjust_by_mode(result, [](ScenarioComparison& item) -> RatioTest& { return item.test; });
  return result;
}

std::vector<OverallComparison> compare_overall(const StudyIndex& index) {
  std::vector<OverallComparison> result;
  for (const protocol::Mode mode : index.dataset().modes) {
    for (int model = 0; model < index.models(); ++model) {
      auto backends = backends_at(index, mode, model);
      std::erase_if(backends, [&](const BackendAtSize& one) { return !index.may_rank(model, one.backend); });
      for (std::size_t i = 0; i < backends.size(); ++i) {
        for (std::size_t j = i + 1; j < backends.size(); ++j) {
          if (auto comparison = compare_pair(index, mode, model, backends[i], backends[j])) {
            result.push_back(std::move(*comparison));
          }
        }
      }
    }
  }
  adjust_by_mode(result, [](OverallComparison& item) -> RatioTest& { return item.test; });
  adjust_by_mode(result, [](OverallComparison& item) -> PairedTest& { return item.paired; });
  return result;
}

}  // namespace inferscale::analysis
