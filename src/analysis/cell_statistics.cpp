// Cells, overall means and outcomes: what was measured, before anything is compared.
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/outlier.hpp"
#include "analysis/proportion.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

/// The metric of every repetition that has it.
std::vector<double> values_of(const Cell& cell, const record::Metric& metric) {
  std::vector<double> values;
  for (const RepetitionValues& repetition : cell.repetitions) {
    if (const double value = repetition.of(metric); value > 0) {
      values.push_back(value);
    }
  }
  return values;
}

std::optional<Estimate> if_any(const Estimate& estimate) {
  return estimate.n == 0 ? std::nullopt : std::optional(estimate);
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

/// On logs: a latency's errors are relative, and latency and throughput then have the same outliers.
std::vector<int> outlier_repetitions(const Cell& cell, std::vector<double> latencies) {
  std::vector<int> numbers;
  for (const RepetitionValues& repetition : cell.repetitions) {
    if (repetition.outcome == Outcome::ok) {
      numbers.push_back(repetition.number);
    }
  }
  for (double& latency : latencies) {
    latency = std::log(latency);
  }
  std::vector<int> outliers;
  for (const int i : find_outliers(latencies)) {
    outliers.push_back(numbers[static_cast<std::size_t>(i)]);
  }
  return outliers;
}

void add_throttling(CellStatistics& here, const Cell& cell) {
  std::set<std::string> reasons;
  for (const auto& [repetition, because] : cell.throttled_because) {
    ++here.throttled;
    reasons.insert(because.begin(), because.end());
  }
  here.throttle_reasons.assign(reasons.begin(), reasons.end());
}

Estimate estimate_of(const StudyIndex::Overall& overall) {
  Estimate result = estimate_positive(overall.values);
  result.mean = overall.mean;
  return result;
}

}  // namespace

void count_outcome(OutcomeCounts& counts, Outcome outcome) {
  ++counts.runs;
  ++counts.by_outcome[outcome];
  counts.ok += outcome == Outcome::ok ? 1 : 0;
  counts.unsupported += outcome == Outcome::unsupported ? 1 : 0;
  counts.degraded += is_degraded(outcome) ? 1 : 0;
}

std::vector<CellStatistics> cell_statistics(const StudyIndex& index) {
  std::vector<CellStatistics> result;
  for (const Cell& cell : index.dataset().cells) {
    CellStatistics& here = result.emplace_back();
    here.model = index.model(cell.model);
    here.parameters = index.parameters(cell.model);
    here.backend = index.backend(cell.backend);
    here.scenario = index.scenario(cell.scenario);
    here.mode = cell.mode;
    here.first_error = cell.first_error;
    for (const RepetitionValues& repetition : cell.repetitions) {
      count_outcome(here.outcomes, repetition.outcome);
    }
    for (std::size_t i = 0; i < record::kMetricCount; ++i) {
      here.figures[i] =
          record::kMetrics[i].priced ? Estimate() : estimate_positive(values_of(cell, record::kMetrics[i]));
    }
    here.repetitions_ms = values_of(cell, record::kLatency);
    here.outliers = outlier_repetitions(cell, values_of(cell, record::kLatency));
    here.latency_ms = here.of(record::kLatency);
    here.throughput_tok_s = here.of(record::kThroughput);
    here.new_tok_s = if_any(here.of(record::metric_called("new_tok_s")));
    here.time_to_first_token_ms = if_any(here.of(record::metric_called("time_to_first_token_ms")));
    here.load_s = here.of(record::metric_called("load_s")).mean;
    here.memory_peak_mb = largest(values_of(cell, record::metric_called("memory_peak_mb")));
    here.gpu_memory_peak_mb = largest(values_of(cell, record::metric_called("gpu_memory_peak_mb")));
    add_throttling(here, cell);
  }
  return result;
}

std::vector<OverallMean> overall_means(const StudyIndex& index) {
  std::vector<OverallMean> result;
  const Dataset& dataset = index.dataset();
  for (const protocol::Mode mode : dataset.modes) {
    for (int model = 0; model < index.models(); ++model) {
      for (BackendAtSize& here : backends_at(index, mode, model)) {
        OverallMean& overall = result.emplace_back();
        overall.model = index.model(model);
        overall.parameters = index.parameters(model);
        overall.backend = index.backend(here.backend);
        overall.mode = mode;
        overall.complete = here.complete;
        overall.scenarios = index.names(here.scenarios);
        for (int scenario = 0; scenario < dataset.planned_scenarios; ++scenario) {
          if (!std::binary_search(here.scenarios.begin(), here.scenarios.end(), scenario)) {
            overall.missing.push_back(index.scenario(scenario).name);
          }
        }
        overall.metric = &index.metric(mode);
        overall.value = estimate_of(here.overall);
        overall.throughput_tok_s =
            overall.metric == &record::kThroughput
                ? overall.value
                : estimate_of(index.overall(mode, model, here.backend, here.scenarios, &record::kThroughput));
        overall.repetitions_left_out = here.overall.left_out;
      }
    }
  }
  return result;
}

std::vector<OutcomeTotal> outcome_totals(const Dataset& dataset) {
  std::vector<protocol::Mode> modes = dataset.modes;
  int planned_runs = 0;
  if (dataset.plan) {
    modes.insert(modes.end(), dataset.plan->modes.begin(), dataset.plan->modes.end());
    std::sort(modes.begin(), modes.end());
    modes.erase(std::unique(modes.begin(), modes.end()), modes.end());
    planned_runs = dataset.plan->runs_of_a_backend();
  }
  std::vector<OutcomeTotal> result;
  for (const protocol::Mode mode : modes) {
    for (std::size_t backend = 0; backend < dataset.backends.size(); ++backend) {
      OutcomeTotal& total = result.emplace_back();
      total.backend = dataset.backends[backend].name;
      total.mode = mode;
    }
  }
  for (const Cell& cell : dataset.cells) {
    const auto mode = std::find(modes.begin(), modes.end(), cell.mode) - modes.begin();
    OutcomeTotal& total = result[static_cast<std::size_t>(mode) * dataset.backends.size() +
                                 static_cast<std::size_t>(cell.backend)];
    for (const RepetitionValues& repetition : cell.repetitions) {
      count_outcome(total.outcomes, repetition.outcome);
    }
  }
  for (OutcomeTotal& total : result) {
    total.missing = std::max(0, planned_runs - total.outcomes.runs);
    const int tried = total.outcomes.ok + total.outcomes.degraded;
    if (tried > 0) {
      total.degradation_rate = static_cast<double>(total.outcomes.degraded) / tried;
      total.ci95 = wilson_interval(total.outcomes.degraded, tried);
    }
  }
  return result;
}

}  // namespace inferscale::analysis
