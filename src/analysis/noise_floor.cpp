#include "analysis/noise_floor.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "analysis/distributions.hpp"

namespace inferscale::analysis {
namespace {

using CellName = std::tuple<std::string, std::string, protocol::Mode>;

/// A repetition's log, and when it began.
struct Value {
  std::string started_at;
  double log = 0;
};

/// What is left of each cell's values once its mean is taken away.
struct Residuals {
  std::vector<Value> all;
  double squares = 0;
  int freedom = 0;
  double widest = 0;
};

void add_cell(const std::vector<Value>& values, Residuals& residuals) {
  double mean = 0;
  for (const Value& value : values) {
    mean += value.log / static_cast<double>(values.size());
  }
  double squares = 0;
  for (const Value& value : values) {
    residuals.all.push_back({value.started_at, value.log - mean});
    squares += (value.log - mean) * (value.log - mean);
  }
  const int freedom = static_cast<int>(values.size()) - 1;
  residuals.squares += squares;
  residuals.freedom += freedom;
  residuals.widest = std::max(residuals.widest, std::sqrt(squares / freedom));
}

/// Mean of the second half over that of the first.
double drift_of(const std::vector<Value>& in_time) {
  const std::size_t half = in_time.size() / 2;
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < in_time.size(); ++i) {
    (i < half ? first : second) += in_time[i].log;
  }
  return std::expm1(second / static_cast<double>(in_time.size() - half) - first / static_cast<double>(half));
}

}  // namespace

std::optional<NoiseFloor> noise_floor(std::span<const record::Row> rows) {
  std::map<CellName, std::vector<Value>> cells;
  for (const record::Row& row : rows) {
    if (row.outcome == Outcome::ok) {
      cells[{row.model, row.scenario.name, row.mode}].push_back(
          {row.started_at, std::log(row.throughput_tok_s)});
    }
  }
  std::erase_if(cells, [](const auto& cell) { return cell.second.size() < 2; });
  if (cells.empty()) {
    return std::nullopt;
  }
  Residuals residuals;
  for (const auto& [name, values] : cells) {
    add_cell(values, residuals);
  }
  std::stable_sort(residuals.all.begin(), residuals.all.end(),
                   [](const Value& a, const Value& b) { return a.started_at < b.started_at; });
  NoiseFloor floor;
  floor.cells = static_cast<int>(cells.size());
  floor.repetitions = static_cast<int>(residuals.all.size());
  floor.spread = std::sqrt(residuals.squares / residuals.freedom);
  floor.widest = residuals.widest;
  floor.drift = drift_of(residuals.all);
  return floor;
}

double meaningless_difference(double spread, int repetitions) {
  const double standard_error = spread * std::sqrt(2.0 / repetitions);
  return std::expm1(student_t_quantile(0.975, 2.0 * repetitions - 2) * standard_error);
}

}  // namespace inferscale::analysis
