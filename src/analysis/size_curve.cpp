#include "analysis/size_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inferscale::analysis {
namespace {

/// NaN where no repetition has the metric.
double mean_log(const Cell& cell, const record::Metric& metric) {
  std::vector<double> values;
  for (const RepetitionValues& repetition : cell.repetitions) {
    if (repetition.outcome == Outcome::ok && repetition.of(metric) > 0) {
      values.push_back(repetition.of(metric));
    }
  }
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : std::log(arithmetic_mean(values));
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
  CurveFigures& figures = point.figures;
  const auto range = index.cells_of(mode, model, backend);
  for (const int scenario : scenarios) {
    for (std::size_t i = range.first; i < range.first + range.count; ++i) {
      if (index.dataset().cells[i].scenario == scenario && !index.values(i).empty()) {
        for (const record::Metric* metric : kLimited) {
          figures.log_limited.push_back(mean_log(index.dataset().cells[i], *metric));
        }
      }
    }
  }
  if (figures.scenarios() != scenarios.size() || scenarios.empty()) {
    return std::nullopt;
  }
  const auto overall = index.overall(mode, model, backend, scenarios);
  figures.good = log_mean_of(overall);
  if (index.metric(mode).better == record::Direction::lower) {
    figures.good.mean = -figures.good.mean;
  }
  figures.log_value = std::log(overall.mean);
  figures.log_throughput =
      &index.metric(mode) == &record::kThroughput
          ? figures.log_value
          : std::log(index.overall(mode, model, backend, scenarios, &record::kThroughput).mean);
  return point;
}

/// The mean of several models' figures.
CurveFigures mean_of(std::vector<CurvePoint>::const_iterator first,
                     std::vector<CurvePoint>::const_iterator last) {
  const auto count = static_cast<double>(last - first);
  CurveFigures mean;
  mean.log_limited.assign(first->figures.log_limited.size(), 0);
  for (auto point = first; point != last; ++point) {
    mean.good.add(point->figures.good, 1 / count);
    mean.log_value += point->figures.log_value / count;
    mean.log_throughput += point->figures.log_throughput / count;
    for (std::size_t i = 0; i < mean.log_limited.size(); ++i) {
      mean.log_limited[i] += point->figures.log_limited[i] / count;
    }
  }
  return mean;
}

}  // namespace

std::size_t CurveFigures::scenarios() const {
  return log_limited.size() / kLimited.size();
}

double CurveFigures::log_of(const record::Metric& limited, std::size_t scenario) const {
  const auto column = std::find(kLimited.begin(), kLimited.end(), &limited) - kLimited.begin();
  return log_limited[scenario * kLimited.size() + static_cast<std::size_t>(column)];
}

bool same_size(double first, double second) {
  return std::abs(std::log(first / second)) <= std::log1p(kSameSize);
}

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

std::vector<CurvePoint> one_point_a_size(const std::vector<CurvePoint>& curve) {
  std::vector<CurvePoint> points;
  for (auto first = curve.begin(); first != curve.end();) {
    const auto last = std::find_if(first, curve.end(), [&](const CurvePoint& point) {
      return !same_size(point.parameters, first->parameters);
    });
    points.push_back(
        {first->model, first->parameters, last - first == 1 ? first->figures : mean_of(first, last)});
    first = last;
  }
  return points;
}

CurveFigures between(const CurvePoint& low, const CurvePoint& high, double parameters) {
  const double weight = std::log(parameters / low.parameters) / std::log(high.parameters / low.parameters);
  const auto on_line = [&](double at_low, double at_high) {
    return (1 - weight) * at_low + weight * at_high;
  };
  const LogMean& wider =
      low.figures.good.variance > high.figures.good.variance ? low.figures.good : high.figures.good;
  CurveFigures figures;
  figures.good = wider;
  figures.good.mean = on_line(low.figures.good.mean, high.figures.good.mean);
  figures.good.n = std::min(low.figures.good.n, high.figures.good.n);
  figures.good.has_error = low.figures.good.has_error && high.figures.good.has_error;
  figures.log_value = on_line(low.figures.log_value, high.figures.log_value);
  figures.log_throughput = on_line(low.figures.log_throughput, high.figures.log_throughput);
  for (std::size_t i = 0; i < low.figures.log_limited.size(); ++i) {
    figures.log_limited.push_back(on_line(low.figures.log_limited[i], high.figures.log_limited[i]));
  }
  return figures;
}

std::optional<CurveFigures> beyond(const std::vector<CurvePoint>& points, double parameters) {
  if (points.size() < 2) {
    return std::nullopt;
  }
  std::vector<double> sizes;
  for (const CurvePoint& point : points) {
    sizes.push_back(std::log(point.parameters));
  }
  const auto on_line = [&](auto&& of) {
    std::vector<double> values;
    for (const CurvePoint& point : points) {
      values.push_back(of(point.figures));
    }
    const auto line = fit_line(sizes, values);
    return line->y_mean + line->slope * (std::log(parameters) - line->x_mean);
  };
  CurveFigures figures;
  figures.good = points.front().figures.good;
  figures.good.has_error = false;
  figures.good.mean = on_line([](const CurveFigures& one) { return one.good.mean; });
  figures.log_value = on_line([](const CurveFigures& one) { return one.log_value; });
  figures.log_throughput = on_line([](const CurveFigures& one) { return one.log_throughput; });
  for (std::size_t i = 0; i < points.front().figures.log_limited.size(); ++i) {
    figures.log_limited.push_back(on_line([&](const CurveFigures& one) { return one.log_limited[i]; }));
  }
  return figures;
}

double times_outside(const std::vector<double>& sizes, double parameters) {
  const auto [smallest, largest] = std::minmax_element(sizes.begin(), sizes.end());
  const double times = std::max({1.0, *smallest / parameters, parameters / *largest});
  return times <= 1 + kSameSize ? 1 : times;
}

}  // namespace inferscale::analysis
