#include "analysis/size_curve.hpp"

#include <algorithm>
#include <cmath>

namespace inferscale::analysis {
namespace {

double mean_log_latency(const Cell& cell) {
  std::vector<double> latencies;
  for (const RepetitionValues& repetition : cell.repetitions) {
    if (repetition.outcome == Outcome::ok) {
      latencies.push_back(repetition.of(record::kLatency));
    }
  }
  return std::log(estimate(latencies).mean);
}

LogMean log_mean_of(const StudyIndex::Overall& overall) {
  return overall.values.empty() ? LogMean{1, std::log(overall.mean), 0, 0, 0, false}
                                : log_mean(overall.values);
}

std::optional<CurvePoint> point_at(const StudyIndex& index, protocol::Mode mode, int model, int backend,
                                   const std::vector<int>& scenarios) {
  CurvePoint point;
  point.model = index.model(model);
  point.parameters = static_cast<double>(index.parameters(model));
  const auto range = index.cells_of(mode, model, backend);
  for (const int scenario : scenarios) {
    for (std::size_t i = range.first; i < range.first + range.count; ++i) {
      if (index.dataset().cells[i].scenario == scenario && !index.values(i).empty()) {
        point.log_latency_ms.push_back(mean_log_latency(index.dataset().cells[i]));
      }
    }
  }
  if (point.log_latency_ms.size() != scenarios.size()) {
    return std::nullopt;
  }
  const auto overall = index.overall(mode, model, backend, scenarios);
  point.log_value = log_mean_of(overall);
  point.log_throughput =
      &index.metric(mode) == &record::kThroughput
          ? point.log_value
          : log_mean_of(index.overall(mode, model, backend, scenarios, &record::kThroughput));
  return point;
}

CurveValue between(const CurvePoint& low, const CurvePoint& high, double parameters) {
  CurveValue value;
  const bool inside = parameters >= low.parameters && parameters <= high.parameters;
  value.basis = inside ? Basis::interpolated : Basis::extrapolated;
  value.models = {low.model, high.model};
  const double weight = std::log(parameters / low.parameters) / std::log(high.parameters / low.parameters);
  value.log_value.add(low.log_value, 1 - weight).add(high.log_value, weight);
  value.log_throughput.add(low.log_throughput, 1 - weight).add(high.log_throughput, weight);
  for (std::size_t i = 0; i < low.log_latency_ms.size(); ++i) {
    value.log_latency_ms.push_back((1 - weight) * low.log_latency_ms[i] + weight * high.log_latency_ms[i]);
  }
  return value;
}

}  // namespace

std::vector<CurvePoint> size_curve(const StudyIndex& index, protocol::Mode mode, int backend,
                                   const std::vector<int>& scenarios) {
  std::vector<CurvePoint> curve;
  for (int model = 0; model < index.models(); ++model) {
    if (!index.may_rank(model, backend)) {
      continue;
    }
    if (auto point = point_at(index, mode, model, backend, scenarios)) {
      curve.push_back(std::move(*point));
    }
  }
  return curve;
}

double times_outside(const std::vector<double>& sizes, double parameters) {
  const auto [smallest, largest] = std::minmax_element(sizes.begin(), sizes.end());
  const double times = std::max({1.0, *smallest / parameters, parameters / *largest});
  return times <= 1 + kSameSize ? 1 : times;
}

std::optional<CurveValue> value_at(const std::vector<CurvePoint>& curve, double parameters) {
  const auto distance = [&](const CurvePoint& point) {
    return std::abs(std::log(point.parameters / parameters));
  };
  const auto nearest = std::min_element(
      curve.begin(), curve.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  if (nearest == curve.end()) {
    return std::nullopt;
  }
  if (distance(*nearest) <= std::log1p(kSameSize)) {
    return CurveValue{Basis::measured,
                      {nearest->model},
                      nearest->log_value,
                      nearest->log_throughput,
                      nearest->log_latency_ms};
  }
  // The nearest neighbours on both sides, or the two sizes at the end that is nearer. Models of equal size
  // count once.
  auto high = std::upper_bound(curve.begin(), curve.end(), parameters,
                               [](double size, const CurvePoint& point) { return size < point.parameters; });
  if (high == curve.end()) {
    --high;
  }
  auto low = std::find_if(std::make_reverse_iterator(high), curve.rend(),
                          [&](const CurvePoint& point) { return point.parameters < high->parameters; });
  if (low == curve.rend()) {  // below the smallest
    const auto second = std::find_if(
        high, curve.end(), [&](const CurvePoint& point) { return point.parameters > high->parameters; });
    return second == curve.end() ? std::nullopt : std::optional(between(*high, *second, parameters));
  }
  return between(*low, *high, parameters);
}

}  // namespace inferscale::analysis
