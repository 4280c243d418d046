#include "analysis/decode_costs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "analysis/least_squares.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::analysis {
namespace {

constexpr const record::Metric& kFirst = record::metric_called("time_to_first_token_ms");
constexpr const record::Metric& kNext = record::metric_called("time_per_output_token_ms");

bool has_both(const CellStatistics& cell) {
  return protocol::descriptor(cell.mode).cached() && cell.of(kFirst).n > 0 && cell.of(kNext).n > 0;
}

/// The whole interval of one lies below the other's.
bool surely_less(const Estimate& one, const Estimate& other) {
  return one.ci95 && other.ci95 && one.ci95->high < other.ci95->low;
}

std::optional<OutputLength> length_of(const CellStatistics& later, const CellStatistics& sooner) {
  const Estimate& first = later.of(kFirst);
  const Estimate& next = later.of(kNext);
  if (!surely_less(sooner.of(kFirst), first) || !surely_less(next, sooner.of(kNext))) {
    return std::nullopt;
  }
  const double lost = first.mean - sooner.of(kFirst).mean;
  const double won = sooner.of(kNext).mean - next.mean;
  return OutputLength{later.mode,    later.model,    later.scenario.name,
                      later.backend, sooner.backend, 1 + lost / won};
}

double context_of(const protocol::Scenario& scenario, int new_tokens) {
  return scenario.prompt_tokens + 0.5 * protocol::new_tokens_of(scenario, new_tokens);
}

std::optional<StepGrowth> growth_of(const std::vector<const CellStatistics*>& cells, int new_tokens) {
  std::vector<double> contexts, times;
  for (const CellStatistics* cell : cells) {
    contexts.push_back(context_of(cell->scenario, new_tokens));
    times.push_back(cell->of(kNext).mean);
  }
  const auto line = fit_line(contexts, times);
  if (!line) {
    return std::nullopt;
  }
  StepGrowth growth;
  growth.mode = cells.front()->mode;
  growth.model = cells.front()->model;
  growth.backend = cells.front()->backend;
  growth.batch = cells.front()->scenario.batch;
  growth.contexts = static_cast<int>(std::set<double>(contexts.begin(), contexts.end()).size());
  growth.least = *std::min_element(contexts.begin(), contexts.end());
  growth.most = *std::max_element(contexts.begin(), contexts.end());
  growth.ms_at_least = line->intercept + line->slope * growth.least;
  growth.ms_per_1000_tokens = 1000 * line->slope;
  growth.most_over_least = (line->intercept + line->slope * growth.most) / growth.ms_at_least;
  return growth;
}

}  // namespace

std::vector<OutputLength> output_lengths(const Analysis& analysis) {
  std::vector<OutputLength> lengths;
  for (const CellStatistics& one : analysis.cells) {
    for (const CellStatistics& other : analysis.cells) {
      const bool pair = &one != &other && one.mode == other.mode && one.model == other.model &&
                        one.scenario == other.scenario;
      if (!pair || !has_both(one) || !has_both(other)) {
        continue;
      }
      if (auto length = length_of(one, other)) {
        lengths.push_back(std::move(*length));
      }
    }
  }
  return lengths;
}

std::vector<StepGrowth> step_growths(const Analysis& analysis, int new_tokens) {
  std::map<std::tuple<protocol::Mode, std::int64_t, std::string, std::string, int>,
           std::vector<const CellStatistics*>>
      groups;
  for (const CellStatistics& cell : analysis.cells) {
    if (has_both(cell)) {
      groups[{cell.mode, cell.parameters, cell.model, cell.backend, cell.scenario.batch}].push_back(&cell);
    }
  }
  std::vector<StepGrowth> growths;
  for (const auto& [key, cells] : groups) {
    if (auto growth = growth_of(cells, new_tokens)) {
      growths.push_back(std::move(*growth));
    }
  }
  return growths;
}

}  // namespace inferscale::analysis
