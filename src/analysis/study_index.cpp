#include "analysis/study_index.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace inferscale::analysis {

StudyIndex::StudyIndex(const Dataset& dataset) : dataset_(dataset), throughputs_(dataset.cells.size()) {
  for (std::size_t i = 0; i < dataset.cells.size(); ++i) {
    for (const RepetitionValues& repetition : dataset.cells[i].repetitions) {
      if (repetition.outcome == Outcome::ok) {
        throughputs_[i].push_back(repetition.throughput_tok_s);
      }
    }
  }
  for (int number = 0; number < models(); ++number) {
    for (int candidate = 0; candidate < backends(); ++candidate) {
      if (failed_gate(dataset.quality, model(number), backend(candidate)) != nullptr) {
        failed_gates_.emplace(number, candidate);
      }
    }
  }
}

StudyIndex::Range StudyIndex::cells_of(protocol::Mode mode, int model, int backend) const {
  const auto key = std::make_tuple(mode, model, backend);
  const auto& cells = dataset_.cells;
  const auto first = std::lower_bound(cells.begin(), cells.end(), key, [](const Cell& cell, const auto& k) {
    return std::tie(cell.mode, cell.model, cell.backend) < k;
  });
  auto last = first;
  while (last != cells.end() && std::tie(last->mode, last->model, last->backend) == key) {
    ++last;
  }
  return {static_cast<std::size_t>(first - cells.begin()), static_cast<std::size_t>(last - first)};
}

std::vector<int> StudyIndex::ok_scenarios(protocol::Mode mode, int model, int backend) const {
  std::vector<int> scenarios;
  const Range range = cells_of(mode, model, backend);
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    if (dataset_.cells[i].scenario < dataset_.planned_scenarios && !throughputs_[i].empty()) {
      scenarios.push_back(dataset_.cells[i].scenario);
    }
  }
  return scenarios;
}

StudyIndex::Overall StudyIndex::overall(protocol::Mode mode, int model, int backend,
                                        std::span<const int> scenarios) const {
  struct Sum {
    double throughput = 0;
    std::size_t scenarios = 0;
  };
  std::map<int, Sum> sums;  // by repetition, so that values come in one order whatever the rows' was
  double sum_of_means = 0;
  const Range range = cells_of(mode, model, backend);
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    const Cell& cell = dataset_.cells[i];
    if (!std::binary_search(scenarios.begin(), scenarios.end(), cell.scenario)) {
      continue;
    }
    auto hint = sums.begin();
    for (const RepetitionValues& repetition :
         cell.repetitions) {  // ascending, so the hint is nearly always right
      if (repetition.outcome == Outcome::ok) {
        hint = sums.try_emplace(hint, repetition.number);
        hint->second.throughput += repetition.throughput_tok_s;
        ++hint->second.scenarios;
        ++hint;
      }
    }
    sum_of_means += estimate(throughputs_[i]).mean;
  }
  Overall result;
  const double count = static_cast<double>(scenarios.size());
  for (const auto& [number, sum] : sums) {
    if (sum.scenarios == scenarios.size()) {
      result.values.push_back(sum.throughput / count);
    } else {
      ++result.left_out;
    }
  }
  if (!scenarios.empty()) {
    result.mean = result.values.empty() ? sum_of_means / count : estimate(result.values).mean;
  }
  return result;
}

std::vector<std::string> StudyIndex::names(std::span<const int> scenarios) const {
  std::vector<std::string> result;
  for (const int number : scenarios) {
    result.push_back(scenario(number).name);
  }
  return result;
}

std::vector<BackendAtSize> backends_at(const StudyIndex& index, protocol::Mode mode, int model) {
  std::vector<BackendAtSize> result;
  for (int backend = 0; backend < index.backends(); ++backend) {
    BackendAtSize here;
    here.backend = backend;
    here.scenarios = index.ok_scenarios(mode, model, backend);
    if (here.scenarios.empty()) {
      continue;
    }
    here.complete = static_cast<int>(here.scenarios.size()) == index.dataset().planned_scenarios;
    here.overall = index.overall(mode, model, backend, here.scenarios);
    result.push_back(std::move(here));
  }
  return result;
}

}  // namespace inferscale::analysis
