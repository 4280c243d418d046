#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/dataset.hpp"

namespace inferscale::analysis {

/// Of values of one metric: above 1 the first is better.
RatioTest compare_values(const record::Metric& metric, std::span<const double> first,
                         std::span<const double> second);

/// Looks cells up, and keeps the values that several passes of the analysis need: those of the metric that
/// ranks.
class StudyIndex {
 public:
  explicit StudyIndex(const Dataset& dataset, Ranking ranking = {});

  [[nodiscard]] const Dataset& dataset() const { return dataset_; }
  [[nodiscard]] const std::string& model(int number) const { return dataset_.models[at(number)].name; }
  [[nodiscard]] std::int64_t parameters(int number) const { return dataset_.models[at(number)].parameters; }
  [[nodiscard]] const std::string& backend(int number) const { return dataset_.backends[at(number)].name; }
  [[nodiscard]] const protocol::Scenario& scenario(int number) const {
    return dataset_.scenarios[at(number)];
  }
  [[nodiscard]] int models() const { return static_cast<int>(dataset_.models.size()); }
  [[nodiscard]] int backends() const { return static_cast<int>(dataset_.backends.size()); }

  /// Numbers of the cells of one model and backend in a mode, by scenario. `first` + i, for i below `count`.
  struct Range {
    std::size_t first = 0, count = 0;
  };
  [[nodiscard]] Range cells_of(protocol::Mode mode, int model, int backend) const;
  /// What backends are ranked by in a mode.
  [[nodiscard]] const record::Metric& metric(protocol::Mode mode) const;
  /// The metric's values of a cell's ok repetitions, by repetition, without those that have none.
  [[nodiscard]] std::span<const double> values(std::size_t cell) const { return values_[cell]; }
  /// Of values of the mode's metric: above 1 the first is the better one.
  [[nodiscard]] RatioTest compare(protocol::Mode mode, std::span<const double> first,
                                  std::span<const double> second) const {
    return compare_values(metric(mode), first, second);
  }
  /// Whether `first` is the better mean.
  [[nodiscard]] bool better(protocol::Mode mode, double first, double second) const {
    return record::advantage(metric(mode), first, second) > 1;
  }
  /// Planned scenarios in which the backend has a value, ascending.
  [[nodiscard]] std::vector<int> ok_scenarios(protocol::Mode mode, int model, int backend) const;

  /// A backend's mean over scenarios, a value a repetition that is ok in all of them.
  struct Overall {
    std::vector<double> values;
    double mean = 0;   ///< of the values; of the scenarios' means when there is none
    int left_out = 0;  ///< repetitions ok in some of the scenarios only
  };
  /// Every one of `scenarios` must have a value. Of `metric`, or of the mode's.
  [[nodiscard]] Overall overall(protocol::Mode mode, int model, int backend, std::span<const int> scenarios,
                                const record::Metric* metric = nullptr) const;
  /// compare(), or the ratio of means alone where a side has no values.
  [[nodiscard]] RatioTest compare(protocol::Mode mode, const Overall& first, const Overall& second) const;

  /// Whether the backend may be ranked on the model: false when its accuracy leaves it out there, and of a
  /// backend that computes nothing.
  [[nodiscard]] bool may_rank(int model_number, int backend_number) const {
    return !not_ranked_.contains({model_number, backend_number});
  }

  [[nodiscard]] std::vector<std::string> names(std::span<const int> scenarios) const;

 private:
  static std::size_t at(int number) { return static_cast<std::size_t>(number); }

  /// Prices are of an hour of the backend, over tokens a second.
  [[nodiscard]] double priced(const record::Metric& metric, int backend, double value) const;

  const Dataset& dataset_;
  Ranking ranking_;
  std::vector<std::vector<double>> values_;   ///< by cell
  std::set<std::pair<int, int>> not_ranked_;  ///< model and backend
};

/// The plan's metric where none is given.
Ranking with_metric_of_plan(Ranking ranking, const Dataset& dataset);

/// That given, else the plan's.
double indifference_of(const std::optional<double>& given, const Dataset& dataset);

/// A usage error where the metric is a price and there are no prices.
Result<void> check_ranking(const Ranking& ranking);

/// Overall means of every backend at one model and mode over the plan's scenarios that are ok.
struct BackendAtSize {
  int backend = 0;
  std::vector<int> scenarios;
  bool complete = false;
  StudyIndex::Overall overall;
};

/// Backends with an ok repetition somewhere, in order.
std::vector<BackendAtSize> backends_at(const StudyIndex& index, protocol::Mode mode, int model);

// The passes, each in its own file. Their lists are in the data set's order.
std::vector<CellStatistics> cell_statistics(const StudyIndex& index);
std::vector<OverallMean> overall_means(const StudyIndex& index);
std::vector<OutcomeTotal> outcome_totals(const Dataset& dataset);
std::vector<ScenarioComparison> compare_scenarios(const StudyIndex& index);
std::vector<OverallComparison> compare_overall(const StudyIndex& index);
std::vector<Crossover> overall_crossovers(const StudyIndex& index,
                                          const std::vector<OverallComparison>& comparisons);
std::vector<Crossover> scenario_crossovers(const StudyIndex& index,
                                           const std::vector<ScenarioComparison>& comparisons);
std::vector<BackendScaling> scaling(const StudyIndex& index, const std::string& baseline,
                                    double indifference);
std::vector<Decision> decide(const StudyIndex& index, double indifference);
/// Of a backend that is not ranked at a model.
std::string left_out_reason(const StudyIndex& index, protocol::Mode mode, int model, int backend);

void count_outcome(OutcomeCounts& counts, Outcome outcome);

/// Holm over a family of tests: fills p_holm where there is a p. `get` gives the test of an item.
template <class Item, class Get>
void adjust_family(std::span<Item*> items, Get get) {
  std::vector<double> p_values;
  for (Item* item : items) {
    if (get(*item).p) {
      p_values.push_back(*get(*item).p);
    }
  }
  const std::vector<double> adjusted = holm_adjust(p_values);
  std::size_t next = 0;
  for (Item* item : items) {
    if (get(*item).p) {
      get(*item).p_holm = adjusted[next++];
    }
  }
}

}  // namespace inferscale::analysis
