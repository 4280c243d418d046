#include "analysis/study_index.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "analysis/cost.hpp"
#include "record/catalog.hpp"

namespace inferscale::analysis {
namespace {

/// Of a metric over scenarios.
struct RepetitionSum {
  int repetition = 0;
  double value = 0;
  std::size_t scenarios = 0;
};

/// By repetition, ascending, so that values come in one order whatever the rows' was.
class RepetitionSums {
 public:
  /// Adds those of a cell that have the metric, and returns their values.
  std::vector<double> add(const Cell& cell, const record::Metric& metric) {
    std::vector<double> values;
    std::size_t at = 0;  // both are ascending
    for (const RepetitionValues& repetition : cell.repetitions) {
      const double value = repetition.of(metric);
      if (value <= 0) {
        continue;
      }
      while (at < sums_.size() && sums_[at].repetition < repetition.number) {
        ++at;
      }
      if (at == sums_.size() || sums_[at].repetition != repetition.number) {
        sums_.insert(sums_.begin() + static_cast<std::ptrdiff_t>(at), {repetition.number, 0, 0});
      }
      sums_[at].value += value;
      ++sums_[at].scenarios;
      values.push_back(value);
    }
    return values;
  }
  [[nodiscard]] const std::vector<RepetitionSum>& all() const { return sums_; }

 private:
  std::vector<RepetitionSum> sums_;
};

std::vector<double> reciprocals(std::span<const double> values) {
  std::vector<double> result;
  for (const double value : values) {
    result.push_back(1 / value);
  }
  return result;
}

}  // namespace

Ranking with_metric_of_plan(Ranking ranking, const Dataset& dataset) {
  if (ranking.metric == nullptr && dataset.plan) {
    ranking.metric = record::find_metric(dataset.plan->metric);
  }
  return ranking;
}

Result<void> check_ranking(const Ranking& ranking) {
  if (ranking.metric != nullptr && ranking.metric->priced && ranking.prices.empty()) {
    return fail_usage("--metric {} needs prices of an hour: give them with --cost-per-hour",
                      ranking.metric->name);
  }
  return {};
}

StudyIndex::StudyIndex(const Dataset& dataset, Ranking ranking)
    : dataset_(dataset), ranking_(std::move(ranking)), values_(dataset.cells.size()) {
  for (std::size_t i = 0; i < dataset.cells.size(); ++i) {
    const Cell& cell = dataset.cells[i];
    const record::Metric& ranked_by = metric(cell.mode);
    for (const RepetitionValues& repetition : cell.repetitions) {
      if (const double value = priced(ranked_by, cell.backend, repetition.of(ranked_by)); value > 0) {
        values_[i].push_back(value);
      }
    }
  }
  for (int number = 0; number < models(); ++number) {
    for (int candidate = 0; candidate < backends(); ++candidate) {
      if (record::computes_nothing(backend(candidate)) ||
          excluding_gate(dataset.quality, model(number), backend(candidate)) != nullptr) {
        not_ranked_.emplace(number, candidate);
      }
    }
  }
}

StudyIndex::Range StudyIndex::cells_of(protocol::Mode mode, int model, int backend) const {
  const auto key = cell_order(mode, model, backend);
  const auto key_of = [](const Cell& cell) { return cell_order(cell.mode, cell.model, cell.backend); };
  const auto& cells = dataset_.cells;
  const auto first = std::lower_bound(cells.begin(), cells.end(), key,
                                      [&](const Cell& cell, const auto& k) { return key_of(cell) < k; });
  auto last = first;
  while (last != cells.end() && key_of(*last) == key) {
    ++last;
  }
  return {static_cast<std::size_t>(first - cells.begin()), static_cast<std::size_t>(last - first)};
}

std::vector<int> StudyIndex::ok_scenarios(protocol::Mode mode, int model, int backend) const {
  std::vector<int> scenarios;
  const Range range = cells_of(mode, model, backend);
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    if (dataset_.cells[i].scenario < dataset_.planned_scenarios && !values_[i].empty()) {
      scenarios.push_back(dataset_.cells[i].scenario);
    }
  }
  return scenarios;
}

const record::Metric& StudyIndex::metric(protocol::Mode mode) const {
  return ranking_.metric != nullptr ? *ranking_.metric : record::ranking_metric(mode);
}

double StudyIndex::priced(const record::Metric& metric, int backend, double value) const {
  if (!metric.priced || value <= 0) {
    return value;
  }
  const auto price = price_of(ranking_.prices, ranking_.machine, this->backend(backend));
  return price ? price_per_million_tokens(*price, value).value_or(0) : 0;
}

RatioTest compare_values(const record::Metric& metric, std::span<const double> first,
                         std::span<const double> second) {
  if (metric.better == record::Direction::higher) {
    return compare_ratio(first, second);
  }
  return compare_ratio(reciprocals(first), reciprocals(second));
}

RatioTest StudyIndex::compare(protocol::Mode mode, const Overall& first, const Overall& second) const {
  RatioTest test = compare(mode, first.values, second.values);
  if (first.values.empty() || second.values.empty()) {
    test.ratio = record::advantage(metric(mode), first.mean, second.mean);
  }
  return test;
}

StudyIndex::Overall StudyIndex::overall(protocol::Mode mode, int model, int backend,
                                        std::span<const int> scenarios, const record::Metric* wanted) const {
  const record::Metric& ranked_by = wanted != nullptr ? *wanted : metric(mode);
  RepetitionSums sums;
  double sum_of_means = 0;
  const Range range = cells_of(mode, model, backend);
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    const Cell& cell = dataset_.cells[i];
    if (!std::binary_search(scenarios.begin(), scenarios.end(), cell.scenario)) {
      continue;
    }
    sum_of_means += arithmetic_mean(sums.add(cell, ranked_by));
  }
  Overall result;
  const double count = static_cast<double>(scenarios.size());
  for (const RepetitionSum& sum : sums.all()) {
    if (sum.scenarios == scenarios.size()) {
      result.values.push_back(priced(ranked_by, backend, sum.value / count));
    } else {
      ++result.left_out;
    }
  }
  if (!scenarios.empty()) {
    result.mean = result.values.empty() ? priced(ranked_by, backend, sum_of_means / count)
                                        : arithmetic_mean(result.values);
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
