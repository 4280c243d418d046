#include "analysis/compare_means.hpp"

#include <cmath>
#include <utility>

namespace inferscale::analysis {
namespace {

/// By number of the repetition.
using ValuesByRound = std::map<int, double>;

/// Values above 0, larger where they are better, of the repetitions that have the metric.
ValuesByRound values_of(const StudyIndex& index, std::size_t cell) {
  const record::Metric& metric = index.metric(index.dataset().cells[cell].mode);
  ValuesByRound values;
  for (const RepetitionValues& repetition : index.dataset().cells[cell].repetitions) {
    if (const double value = repetition.of(metric); value > 0) {
      values[repetition.number] = record::advantage(metric, value, 1);
    }
  }
  return values;
}

LogMean log_mean_of(const ValuesByRound& rounds) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const auto& [number, value] : rounds) {
    values.push_back(value);
  }
  return log_mean(values);
}

/// second / first, of the rounds that both have.
ValuesByRound ratios(const ValuesByRound& first, const ValuesByRound& second) {
  ValuesByRound all;
  for (const auto& [number, value] : first) {
    if (const auto other = second.find(number); other != second.end()) {
      all[number] = other->second / value;
    }
  }
  return all;
}

/// The geometric mean over cells of each round that all of them have: a round's values come from one process.
LogMean mean_by_round(const std::vector<ValuesByRound>& cells) {
  std::map<int, std::pair<std::size_t, double>> rounds;  // by number: cells that are ok, sum of their logs
  for (const ValuesByRound& cell : cells) {
    for (const auto& [number, value] : cell) {
      auto& [count, sum] = rounds[number];
      ++count;
      sum += std::log(value);
    }
  }
  ValuesByRound means;
  for (const auto& [number, round] : rounds) {
    if (round.first == cells.size()) {
      means[number] = std::exp(round.second / static_cast<double>(cells.size()));
    }
  }
  return log_mean_of(means);
}

using RoundsByModel = std::map<std::string, std::vector<ValuesByRound>>;

RoundsByModel rounds_of(const StudyIndex& index, const CellsByModel& models) {
  RoundsByModel all;
  for (const auto& [model, cells] : models) {
    for (const std::size_t cell : cells) {
      all[model].push_back(values_of(index, cell));
    }
  }
  return all;
}

LogMean mean_over_models(const RoundsByModel& models, bool shared) {
  std::size_t all = 0;
  for (const auto& [model, cells] : models) {
    all += cells.size();
  }
  LogMean result;
  for (const auto& [model, cells] : models) {
    if (shared) {
      result.add(mean_by_round(cells), static_cast<double>(cells.size()) / static_cast<double>(all));
      continue;
    }
    for (const ValuesByRound& cell : cells) {
      result.add(log_mean_of(cell), 1.0 / static_cast<double>(all));
    }
  }
  return result;
}

}  // namespace

bool has_a_mean(const MeasuredSide& side, const std::vector<std::size_t>& cells) {
  return !side.shares_workers || mean_by_round(rounds_of(side.index, {{"", cells}}).at("")).n > 0;
}

LogMean mean_of_cells(const MeasuredSide& side, const CellsByModel& models) {
  return mean_over_models(rounds_of(side.index, models), side.shares_workers);
}

LogMean mean_of_ratios(const MeasuredSide& first, const CellsByModel& first_models,
                       const MeasuredSide& second, const CellsByModel& second_models) {
  RoundsByModel pairs = rounds_of(first.index, first_models);
  const RoundsByModel others = rounds_of(second.index, second_models);
  for (auto& [model, cells] : pairs) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = ratios(cells[i], others.at(model)[i]);
    }
    std::erase_if(cells, [](const ValuesByRound& cell) { return cell.size() < 2; });
  }
  std::erase_if(pairs, [](const auto& model) { return model.second.empty(); });
  return mean_over_models(pairs, first.shares_workers || second.shares_workers);
}

}  // namespace inferscale::analysis
